SELECT id, user_id, title, description, completed_at, priority, tags, due_at, due_all_day, time_zone, remind_at, recurrence_rule,
    repeat_from_completion, excluded_dates, recurrence_start, remind_local, series_id, next_id, uid, version, created_at, updated_at
FROM tasks WHERE user_id = :user AND deleted_at IS NULL AND id = :id;
