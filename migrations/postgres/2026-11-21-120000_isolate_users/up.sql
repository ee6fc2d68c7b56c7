-- The database itself keeps users apart: a statement sees and writes the rows of the user whom app.user_id names within its
-- transaction, and where it names nobody, none. FORCE, because the service owns its tables, and owners are let through otherwise.
-- Instances of an older version name nobody, so that they see nothing from here on: stop them first.
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers FORCE ROW LEVEL SECURITY;

-- A setting that was given up at a transaction's end is '', and nobody is called that.
ALTER TABLE idempotent_answers ADD CONSTRAINT idempotent_answers_user_id_check CHECK (user_id <> '');

CREATE POLICY owner ON tasks
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));
CREATE POLICY owner ON idempotent_answers
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));

-- What has run out is deleted for all users at once: what was moved to the trash, or answered, before the moment that
-- app.purge_before names. A policy for DELETE alone lets nobody see these rows, so that the statement that deletes them has no
-- condition of its own (one that named a column would have to see it). Another policy, which none can widen, bounds it to them.
CREATE POLICY run_out ON tasks FOR DELETE
    USING (deleted_at < NULLIF(current_setting('app.purge_before', true), '')::timestamp);
CREATE POLICY only_run_out ON tasks AS RESTRICTIVE FOR DELETE
    USING (CASE WHEN current_setting('app.purge_before', true) <> ''
                THEN deleted_at < current_setting('app.purge_before')::timestamp ELSE TRUE END);
CREATE POLICY run_out ON idempotent_answers FOR DELETE
    USING (created_at < NULLIF(current_setting('app.purge_before', true), '')::timestamp);
CREATE POLICY only_run_out ON idempotent_answers AS RESTRICTIVE FOR DELETE
    USING (CASE WHEN current_setting('app.purge_before', true) <> ''
                THEN created_at < current_setting('app.purge_before')::timestamp ELSE TRUE END);
