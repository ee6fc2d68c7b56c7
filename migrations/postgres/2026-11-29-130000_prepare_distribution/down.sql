-- Changes nothing: older versions serve with the policies and the collation of this migration. On shards, the policies before it would
-- permit every user to delete.
SELECT 1;
