-- SQLite updates rows in place. This empty migration gives both databases the same list of migrations.
SELECT 1;
