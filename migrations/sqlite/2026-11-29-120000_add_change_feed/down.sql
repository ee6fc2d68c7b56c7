DROP TRIGGER delete_without_seq;
DROP TRIGGER update_without_seq;
DROP TRIGGER insert_without_seq;
DROP INDEX tasks_by_seq;
ALTER TABLE tasks DROP COLUMN seq;
DROP TABLE tombstones;
DROP TABLE user_state;
