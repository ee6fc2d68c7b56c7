-- Timestamps are UTC, with milliseconds. Text is compared by bytes (COLLATE "C"), as on SQLite, independent of the cluster's locale.
-- The owner is the first column of every key. So the table can be distributed by owner. The identity makes an id unique in the table.
CREATE TABLE tasks (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL CHECK (user_id <> ''),
    title TEXT NOT NULL CHECK (title <> ''),
    description TEXT,
    -- case-folded copies of both, for search and for sorting by title
    title_folded TEXT COLLATE "C" NOT NULL,
    description_folded TEXT,
    completed BOOLEAN NOT NULL DEFAULT FALSE,
    completed_at TIMESTAMP,
    -- 0 none, 1 low, 2 medium, 3 high: a number, for sorting
    priority SMALLINT NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 3),
    -- a JSON array of strings
    tags TEXT NOT NULL DEFAULT '[]',
    -- an all-day date is stored as its midnight, with due_all_day set
    due_at TIMESTAMP,
    due_all_day BOOLEAN NOT NULL DEFAULT FALSE CHECK (due_at IS NOT NULL OR NOT due_all_day),
    time_zone TEXT,
    remind_at TIMESTAMP,
    recurrence_rule TEXT,
    -- whether the next occurrence follows the day of completion instead of the due date
    repeat_from_completion BOOLEAN NOT NULL DEFAULT FALSE,
    -- the id of the first task of the series, set on all its tasks when there are at least two
    series_id BIGINT,
    -- the id of the next occurrence, if it exists
    next_id BIGINT,
    -- the UID of the task in calendars (RFC 5545 section 3.8.4.7)
    uid TEXT NOT NULL,
    -- the time when the task was moved to the trash
    deleted_at TIMESTAMP,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, id),
    CHECK (completed = (completed_at IS NOT NULL))
);

-- The default list: one user's tasks, newest first. The owner is the first column of every index of a list.
CREATE INDEX tasks_by_creation ON tasks (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

-- Lists by due date.
CREATE INDEX tasks_by_due_date ON tasks (user_id, due_at, id) WHERE due_at IS NOT NULL AND deleted_at IS NULL;

-- A repeated import creates no duplicate task.
CREATE UNIQUE INDEX tasks_by_uid ON tasks (user_id, uid);

-- The occurrences of a series, and the tasks in the trash: few rows each.
CREATE INDEX tasks_by_series ON tasks (user_id, series_id) WHERE series_id IS NOT NULL;
CREATE INDEX tasks_in_trash ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;

-- Responses to creates with an Idempotency-Key, kept for a day.
CREATE TABLE idempotent_answers (
    user_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    -- SHA-256 of the body, in hex
    fingerprint TEXT NOT NULL,
    -- null only within the transaction that creates the task
    task TEXT,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);
