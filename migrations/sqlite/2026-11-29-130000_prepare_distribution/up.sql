-- SQLite has no policies, and compares the owner of all tables by bytes.
SELECT 1;
