DROP TRIGGER IF EXISTS delete_without_seq ON tasks;
DROP TRIGGER IF EXISTS update_without_seq ON tasks;
DROP TRIGGER IF EXISTS insert_without_seq ON tasks;
DROP FUNCTION write_without_seq();
DROP INDEX tasks_by_seq;
ALTER TABLE tasks DROP COLUMN seq;
DROP TABLE tombstones;
DROP TABLE user_state;
