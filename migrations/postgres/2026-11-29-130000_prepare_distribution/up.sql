DO $$
BEGIN
    -- Citus keeps a user's rows of all tables on one node only if the owner has the same collation in all of them. PostgreSQL does not
    -- change a column of a policy. A distributed table has this collation already: Citus does not change the type of its owner.
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'idempotent_answers'::regclass AND attname = 'user_id'
            AND attcollation <> '"C"'::regcollation) THEN
        DROP POLICY owner ON idempotent_answers;
        ALTER TABLE idempotent_answers ALTER COLUMN user_id TYPE TEXT COLLATE "C";
        CREATE POLICY owner ON idempotent_answers
            USING (user_id = current_setting('app.user_id', true))
            WITH CHECK (user_id = current_setting('app.user_id', true));
    END IF;

    -- Citus copies policies to the shards without AS RESTRICTIVE. The policy only_run_out then permits what it should only limit. So it
    -- must be correct in both kinds: without app.purge_before it covers the user's own rows, and with it only expired rows. Older
    -- instances check the names and kinds of the policies, which stay the same.
    ALTER POLICY only_run_out ON tasks USING (
        CASE WHEN NULLIF(current_setting('app.purge_before', true), '') IS NULL
             THEN user_id = current_setting('app.user_id', true)
             ELSE deleted_at < NULLIF(current_setting('app.purge_before', true), '')::timestamp END);
    ALTER POLICY only_run_out ON idempotent_answers USING (
        CASE WHEN NULLIF(current_setting('app.purge_before', true), '') IS NULL
             THEN user_id = current_setting('app.user_id', true)
             ELSE created_at < NULLIF(current_setting('app.purge_before', true), '')::timestamp END);
END
$$;
