-- Changes nothing. Older versions serve with the policies and the collation of this migration. On shards, the policies before it would
-- permit every user to delete, and Citus does not change the type of a distribution column.
SELECT 1;
