-- The change feed. Each write takes the next sequence number of its user from user_state, in its own statement or transaction. The lock of
-- that row orders the commits of a user like their sequence numbers.
CREATE TABLE user_state (
    user_id TEXT COLLATE "C" PRIMARY KEY CHECK (user_id <> ''),
    -- the last sequence number
    seq BIGINT NOT NULL DEFAULT 0,
    -- the number of tasks, including the trash
    tasks BIGINT NOT NULL DEFAULT 0,
    -- the highest sequence number of a tombstone that was deleted
    purged_seq BIGINT NOT NULL DEFAULT 0,
    -- no task was moved to the trash before this time; null if the trash is empty
    oldest_trash TIMESTAMP
) WITH (fillfactor = 50);
CREATE INDEX user_state_by_trash ON user_state (oldest_trash) WHERE oldest_trash IS NOT NULL;

-- Permanently deleted tasks, kept for TOMBSTONE_DAYS.
CREATE TABLE tombstones (
    user_id TEXT COLLATE "C" NOT NULL CHECK (user_id <> ''),
    id BIGINT NOT NULL,
    uid TEXT NOT NULL,
    seq BIGINT NOT NULL,
    deleted_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX tombstones_by_seq ON tombstones (user_id, seq, id);
CREATE INDEX tombstones_by_age ON tombstones (deleted_at);

-- The sequence number of the last write. 0: before the change feed. On a large table, run these two statements by hand first: the
-- first changes no row, and the second can then be CREATE INDEX CONCURRENTLY.
DO $$
BEGIN
    ALTER TABLE tasks ADD COLUMN IF NOT EXISTS seq BIGINT NOT NULL DEFAULT 0;
    CREATE INDEX IF NOT EXISTS tasks_by_seq ON tasks (user_id, seq, id);

    -- The policies would hide the rows of all users.
    ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY;
    INSERT INTO user_state (user_id, tasks, oldest_trash) SELECT user_id, count(*), min(deleted_at) FROM tasks GROUP BY user_id;
    ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
END
$$;

ALTER TABLE user_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_state FORCE ROW LEVEL SECURITY;
ALTER TABLE tombstones ENABLE ROW LEVEL SECURITY;
ALTER TABLE tombstones FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON user_state
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));
CREATE POLICY owner ON tombstones
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));

-- The purge lists the users with expired rows. It then deletes the rows of one user at a time, as this user.
CREATE POLICY run_out ON user_state FOR SELECT
    USING (oldest_trash < NULLIF(current_setting('app.purge_before', true), '')::timestamp);
CREATE POLICY run_out ON tombstones FOR SELECT
    USING (deleted_at < NULLIF(current_setting('app.purge_before', true), '')::timestamp);

-- Instances poll the sequence numbers of the users whose event streams are open. A polling statement can only read.
CREATE POLICY polled ON user_state FOR SELECT USING (current_setting('app.poll', true) = 'on');

-- For the rolling update: instances of the previous version write no sequence number and no tombstone. These triggers write them instead.
-- They do nothing for a row with a new sequence number or with a tombstone. A later version drops them.
CREATE FUNCTION write_without_seq() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next_seq BIGINT;
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- the purge of the previous version sets no user
        PERFORM set_config('app.user_id', OLD.user_id, true);
        IF EXISTS (SELECT FROM tombstones WHERE user_id = OLD.user_id AND id = OLD.id) THEN
            RETURN NULL;
        END IF;
        INSERT INTO user_state AS stored (user_id, seq) VALUES (OLD.user_id, 1)
        ON CONFLICT (user_id) DO UPDATE SET seq = stored.seq + 1, tasks = stored.tasks - 1
        RETURNING stored.seq INTO next_seq;
        INSERT INTO tombstones (user_id, id, uid, seq, deleted_at)
        VALUES (OLD.user_id, OLD.id, OLD.uid, next_seq, now() AT TIME ZONE 'UTC');
        RETURN NULL;
    END IF;
    INSERT INTO user_state AS stored (user_id, seq, tasks, oldest_trash)
    VALUES (NEW.user_id, 1, CASE TG_OP WHEN 'INSERT' THEN 1 ELSE 0 END, NEW.deleted_at)
    ON CONFLICT (user_id) DO UPDATE SET seq = stored.seq + 1, tasks = stored.tasks + excluded.tasks,
        oldest_trash = LEAST(stored.oldest_trash, excluded.oldest_trash)
    RETURNING stored.seq INTO next_seq;
    IF TG_OP = 'INSERT' THEN
        NEW.seq := next_seq;
        RETURN NEW;
    END IF;
    UPDATE tasks SET seq = next_seq WHERE user_id = NEW.user_id AND id = NEW.id;
    RETURN NULL;
END
$$;
DO $$
DECLARE
    is_distributed BOOLEAN := FALSE;
BEGIN
    -- Citus supports no triggers on distributed tables. Instances of the previous version do not serve there.
    IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
        EXECUTE $query$SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'tasks'::regclass)$query$ INTO is_distributed;
    END IF;
    IF NOT is_distributed THEN
        CREATE TRIGGER insert_without_seq BEFORE INSERT ON tasks FOR EACH ROW WHEN (NEW.seq = 0)
            EXECUTE FUNCTION write_without_seq();
        -- AFTER: a BEFORE trigger would lock each row once more, also where the condition is false
        CREATE TRIGGER update_without_seq AFTER UPDATE ON tasks FOR EACH ROW WHEN (NEW.seq = OLD.seq)
            EXECUTE FUNCTION write_without_seq();
        CREATE TRIGGER delete_without_seq AFTER DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION write_without_seq();
    END IF;
END
$$;
