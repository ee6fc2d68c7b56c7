-- The change feed. Each write takes the next sequence number of its user from user_state, in its own transaction.
CREATE TABLE user_state (
    user_id TEXT PRIMARY KEY NOT NULL CHECK (user_id <> ''),
    -- the last sequence number
    seq INTEGER NOT NULL DEFAULT 0,
    -- the number of tasks, including the trash
    tasks INTEGER NOT NULL DEFAULT 0,
    -- the highest sequence number of a tombstone that was deleted
    purged_seq INTEGER NOT NULL DEFAULT 0,
    -- no task was moved to the trash before this time; null if the trash is empty
    oldest_trash TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX user_state_by_trash ON user_state (oldest_trash) WHERE oldest_trash IS NOT NULL;

-- Permanently deleted tasks, kept for TOMBSTONE_DAYS.
CREATE TABLE tombstones (
    user_id TEXT NOT NULL CHECK (user_id <> ''),
    id INTEGER NOT NULL,
    uid TEXT NOT NULL,
    seq INTEGER NOT NULL,
    deleted_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, id)
) WITHOUT ROWID;
CREATE INDEX tombstones_by_seq ON tombstones (user_id, seq, id);
CREATE INDEX tombstones_by_age ON tombstones (deleted_at);

-- The sequence number of the last write. 0: before the change feed.
ALTER TABLE tasks ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
CREATE INDEX tasks_by_seq ON tasks (user_id, seq, id);
INSERT INTO user_state (user_id, tasks, oldest_trash) SELECT user_id, count(*), min(deleted_at) FROM tasks GROUP BY user_id;

-- For instances of the previous version on the same file, which write no sequence number and no tombstone. These triggers do nothing for
-- a row with a new sequence number or with a tombstone. A later version drops them.
CREATE TRIGGER insert_without_seq AFTER INSERT ON tasks WHEN NEW.seq = 0 BEGIN
    INSERT INTO user_state (user_id, seq, tasks, oldest_trash) VALUES (NEW.user_id, 1, 1, NEW.deleted_at)
    ON CONFLICT (user_id) DO UPDATE SET seq = seq + 1, tasks = tasks + 1,
        oldest_trash = coalesce(min(oldest_trash, excluded.oldest_trash), oldest_trash, excluded.oldest_trash);
    UPDATE tasks SET seq = (SELECT seq FROM user_state WHERE user_id = NEW.user_id) WHERE id = NEW.id;
END;
CREATE TRIGGER update_without_seq AFTER UPDATE ON tasks WHEN NEW.seq = OLD.seq BEGIN
    INSERT INTO user_state (user_id, seq, oldest_trash) VALUES (NEW.user_id, 1, NEW.deleted_at)
    ON CONFLICT (user_id) DO UPDATE SET seq = seq + 1,
        oldest_trash = coalesce(min(oldest_trash, excluded.oldest_trash), oldest_trash, excluded.oldest_trash);
    UPDATE tasks SET seq = (SELECT seq FROM user_state WHERE user_id = NEW.user_id) WHERE id = NEW.id;
END;
CREATE TRIGGER delete_without_seq AFTER DELETE ON tasks
WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE user_id = OLD.user_id AND id = OLD.id) BEGIN
    INSERT INTO user_state (user_id, seq) VALUES (OLD.user_id, 1)
    ON CONFLICT (user_id) DO UPDATE SET seq = seq + 1, tasks = tasks - 1;
    INSERT INTO tombstones (user_id, id, uid, seq, deleted_at)
    SELECT user_id, OLD.id, OLD.uid, seq, strftime('%Y-%m-%d %H:%M:%f', 'now') FROM user_state WHERE user_id = OLD.user_id;
END;
