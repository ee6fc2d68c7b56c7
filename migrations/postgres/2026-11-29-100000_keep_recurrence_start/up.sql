DO $$
BEGIN
    -- The local time at which the recurrence rule starts, if not at the due date: the due date is then the last day of a shorter month, or a
    -- clock change moved it. An instance of the previous version does not change it. It counts only if the rule leads from it to the due date.
    ALTER TABLE tasks ADD COLUMN recurrence_start TIMESTAMP;

    -- The local time of the reminder, if a clock change moved it or the due time.
    ALTER TABLE tasks ADD COLUMN remind_local TIMESTAMP;
END
$$;
