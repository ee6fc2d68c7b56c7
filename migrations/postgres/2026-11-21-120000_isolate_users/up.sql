-- Row-level security: a statement reads and writes only rows of the user in app.user_id, which is set within its transaction. If
-- app.user_id is not set, it sees no rows. FORCE: the service owns its tables, and policies do not apply to owners otherwise.
-- Instances of an older version do not set app.user_id, so they see no rows after this migration. Stop them first.
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers FORCE ROW LEVEL SECURITY;

-- After a transaction, a local setting resets to ''. So '' must not be a user id.
ALTER TABLE idempotent_answers ADD CONSTRAINT idempotent_answers_user_id_check CHECK (user_id <> '');

CREATE POLICY owner ON tasks
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));
CREATE POLICY owner ON idempotent_answers
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));

-- One statement deletes the expired rows of all users: tasks moved to the trash, and responses stored, before the timestamp in
-- app.purge_before. A policy only for DELETE does not permit reading these rows. So the statement must have no condition on a column,
-- which would read the row. A restrictive policy, which no other policy can extend, limits the statement to these rows.
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
