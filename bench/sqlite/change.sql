BEGIN IMMEDIATE;
UPDATE user_state SET seq = seq + 1 WHERE user_id = :user RETURNING seq AS next_seq;
UPDATE tasks SET seq = (SELECT seq FROM user_state WHERE user_id = :user), version = version + 1, updated_at = '2026-11-21 12:00:00.123',
    title = 'A changed task of the bench', title_folded = 'a changed task of the bench',
    title_key = CAST('a changed task of the bench, a changed task of the bench' AS BLOB),
    description = 'By the load generator, and as long as such things are.',
    description_folded = 'by the load generator, and as long as such things are.', completed = TRUE,
    completed_at = CASE WHEN TRUE THEN coalesce(completed_at, '2026-11-21 12:00:00.123') END
WHERE deleted_at IS NULL AND user_id = :user AND id = :id AND recurrence_rule IS NULL
RETURNING id, user_id, title, description, completed_at, priority, tags, due_at, due_all_day, time_zone, remind_at, recurrence_rule,
    repeat_from_completion, excluded_dates, recurrence_start, remind_local, series_id, next_id, uid, version, created_at,
    updated_at;
COMMIT;
