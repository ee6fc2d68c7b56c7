DROP TRIGGER delete_without_seq ON tasks;
DROP TRIGGER update_without_seq ON tasks;
DROP TRIGGER insert_without_seq ON tasks;
DROP FUNCTION write_without_seq();
DROP INDEX tasks_by_seq;
ALTER TABLE tasks DROP COLUMN seq;
DROP TABLE tombstones;
DROP TABLE user_state;
