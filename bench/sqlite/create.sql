BEGIN IMMEDIATE;
UPDATE user_state SET seq = seq + 1, tasks = tasks + 1 WHERE user_id = :user AND tasks + 1 <= 1000000000 RETURNING seq AS next_seq;
INSERT INTO tasks (user_id, title, description, title_folded, title_key, description_folded, completed, completed_at, priority,
    tags, due_at, due_all_day, time_zone, remind_at, recurrence_rule, repeat_from_completion, excluded_dates, recurrence_start,
    remind_local, series_id, uid, created_at, updated_at, imported_sequence, imported_modified_at, imported_version, seq)
VALUES (:user, 'A task of the bench', 'Made by the load generator, and as long as such things are.', 'a task of the bench', CAST('a
    task of the bench, a task of the bench' AS BLOB), 'made by the load generator, and as long as such things are.', FALSE, NULL, 2,
    '[]', NULL, FALSE, NULL, NULL, NULL, FALSE, '[]', NULL, NULL, NULL, :uid, '2026-11-21 12:00:00.123', '2026-11-21 12:00:00.123',
    NULL, NULL, NULL, (SELECT seq FROM user_state WHERE user_id = :user))
RETURNING id, user_id, title, description, completed_at, priority, tags, due_at, due_all_day, time_zone, remind_at, recurrence_rule,
    repeat_from_completion, excluded_dates, recurrence_start, remind_local, series_id, next_id, uid, version, created_at,
    updated_at;
COMMIT;
