DO $$
BEGIN
    DROP TABLE idempotent_answers;
    DROP TABLE tasks;
END
$$;
