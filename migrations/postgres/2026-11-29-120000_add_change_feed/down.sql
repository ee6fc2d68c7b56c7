-- CASCADE: and its triggers. Citus has none of them, and supports no DROP TRIGGER.
DROP FUNCTION write_without_seq() CASCADE;
DO $$
BEGIN
    DROP INDEX tasks_by_seq;
    ALTER TABLE tasks DROP COLUMN seq;
    DROP TABLE tombstones;
    DROP TABLE user_state;
END
$$;
