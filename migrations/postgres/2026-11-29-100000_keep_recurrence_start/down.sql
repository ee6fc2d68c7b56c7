DO $$
BEGIN
    ALTER TABLE tasks DROP COLUMN remind_local;
    ALTER TABLE tasks DROP COLUMN recurrence_start;
END
$$;
