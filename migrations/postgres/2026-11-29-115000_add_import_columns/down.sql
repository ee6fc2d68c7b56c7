DO $$
BEGIN
    ALTER TABLE tasks DROP COLUMN excluded_dates;
    ALTER TABLE tasks DROP COLUMN imported_sequence;
    ALTER TABLE tasks DROP COLUMN imported_modified_at;
    ALTER TABLE tasks DROP COLUMN imported_version;
END
$$;
