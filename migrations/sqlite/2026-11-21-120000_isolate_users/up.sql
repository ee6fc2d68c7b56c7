-- SQLite has no row-level security. The step is here so that both databases have the same list.
SELECT 1;
