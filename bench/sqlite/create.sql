INSERT INTO tasks (user_id, title, description, title_folded, description_folded, completed, priority, tags, due_all_day,
    repeat_from_completion, uid, created_at, updated_at)
VALUES (:user, 'A task of the bench', 'Made by the load generator, and as long as such things are.', 'a task of the bench',
    'made by the load generator, and as long as such things are.', FALSE, 2, '[]', FALSE, FALSE, :uid,
    '2026-11-21 12:00:00.123', '2026-11-21 12:00:00.123')
RETURNING id, user_id, title, description, completed_at, priority, tags, due_at, due_all_day, time_zone, remind_at, recurrence_rule,
    repeat_from_completion, series_id, next_id, uid, version, created_at, updated_at;
