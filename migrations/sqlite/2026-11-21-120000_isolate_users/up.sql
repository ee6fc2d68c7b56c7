-- SQLite has no row-level security. This empty migration gives both databases the same list of migrations.
SELECT 1;
