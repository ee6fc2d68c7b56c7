-- The title's key in the Unicode collation, for sorting. Existing rows, and rows that a previous version writes, have an empty or old key:
-- the service replaces it before it sorts or searches the tasks of the user.
ALTER TABLE tasks ADD COLUMN title_key BLOB NOT NULL DEFAULT x'';
