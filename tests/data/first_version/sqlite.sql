CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id TEXT NOT NULL CHECK (user_id <> ''),
    title TEXT NOT NULL CHECK (title <> ''),
    description TEXT,
    title_folded TEXT NOT NULL,
    description_folded TEXT,
    completed BOOLEAN NOT NULL DEFAULT FALSE,
    completed_at TIMESTAMP,
    priority SMALLINT NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 3),
    tags TEXT NOT NULL DEFAULT '[]',
    due_at TIMESTAMP,
    due_all_day BOOLEAN NOT NULL DEFAULT FALSE CHECK (due_at IS NOT NULL OR NOT due_all_day),
    time_zone TEXT,
    remind_at TIMESTAMP,
    recurrence_rule TEXT,
    repeat_from_completion BOOLEAN NOT NULL DEFAULT FALSE,
    series_id BIGINT,
    next_id BIGINT,
    uid TEXT NOT NULL,
    deleted_at TIMESTAMP,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK (completed = (completed_at IS NOT NULL))
);
CREATE INDEX tasks_by_creation ON tasks (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_due_date ON tasks (user_id, due_at, id) WHERE due_at IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX tasks_by_uid ON tasks (user_id, uid);
CREATE INDEX tasks_by_series ON tasks (user_id, series_id) WHERE series_id IS NOT NULL;
CREATE INDEX tasks_in_trash ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE idempotent_answers (
    user_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    task TEXT,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);
