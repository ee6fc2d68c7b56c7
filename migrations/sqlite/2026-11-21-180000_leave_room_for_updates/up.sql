-- SQLite writes a row in its place; the step is here so that both databases count the same.
SELECT 1;
