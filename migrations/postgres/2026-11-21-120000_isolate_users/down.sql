DO $$
BEGIN
    DROP POLICY only_run_out ON idempotent_answers;
    DROP POLICY run_out ON idempotent_answers;
    DROP POLICY only_run_out ON tasks;
    DROP POLICY run_out ON tasks;
    DROP POLICY owner ON idempotent_answers;
    DROP POLICY owner ON tasks;
    ALTER TABLE idempotent_answers DROP CONSTRAINT idempotent_answers_user_id_check;
    ALTER TABLE idempotent_answers NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE idempotent_answers DISABLE ROW LEVEL SECURITY;
    ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE tasks DISABLE ROW LEVEL SECURITY;
END
$$;
