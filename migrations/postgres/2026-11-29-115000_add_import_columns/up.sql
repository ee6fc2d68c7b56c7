DO $$
BEGIN
    -- The dates of a series that its rule skips (EXDATE): a JSON array of strings.
    ALTER TABLE tasks ADD COLUMN excluded_dates TEXT NOT NULL DEFAULT '[]';
    -- The revision of the calendar that the task was imported from (SEQUENCE, LAST-MODIFIED), and the task's version at that import. A later
    -- import compares them to find out which side is newer.
    ALTER TABLE tasks ADD COLUMN imported_sequence BIGINT;
    ALTER TABLE tasks ADD COLUMN imported_modified_at TIMESTAMP;
    ALTER TABLE tasks ADD COLUMN imported_version BIGINT;
END
$$;
