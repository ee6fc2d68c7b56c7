UPDATE tasks SET version = version + 1, updated_at = '2026-11-21 12:00:00.123', title = coalesce('A changed task of the bench', title),
    title_folded = coalesce('a changed task of the bench', title_folded), priority = coalesce(NULL, priority),
    tags = coalesce(NULL, tags), repeat_from_completion = coalesce(NULL, repeat_from_completion),
    description = CASE WHEN TRUE THEN 'By the load generator, and as long as such things are.' ELSE description END,
    description_folded = CASE WHEN TRUE THEN 'by the load generator, and as long as such things are.' ELSE description_folded END,
    due_at = CASE WHEN FALSE THEN NULL ELSE due_at END, due_all_day = CASE WHEN FALSE THEN NULL ELSE due_all_day END,
    time_zone = CASE WHEN FALSE THEN NULL ELSE time_zone END, remind_at = CASE WHEN FALSE THEN NULL ELSE remind_at END,
    recurrence_rule = CASE WHEN FALSE THEN NULL ELSE recurrence_rule END,
    completed = CASE WHEN FALSE THEN NOT completed ELSE coalesce(TRUE, completed) END,
    completed_at = CASE WHEN CASE WHEN FALSE THEN NOT completed ELSE coalesce(TRUE, completed) END
        THEN coalesce(completed_at, '2026-11-21 12:00:00.123') END
WHERE deleted_at IS NULL AND user_id = :user AND id = :id AND (recurrence_rule IS NULL OR NOT TRUE)
    AND coalesce(NULL LIKE '%,' || CAST(version AS TEXT) || ',%', TRUE)
RETURNING id, user_id, title, description, completed_at, priority, tags, due_at, due_all_day, time_zone, remind_at, recurrence_rule,
    repeat_from_completion, series_id, next_id, uid, version, created_at, updated_at;
