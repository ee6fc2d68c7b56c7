-- A task that is completed or renamed is written again beside its old row where its page has room, and then no index is touched (HOT).
-- Pages that are full already stay so until their rows move.
ALTER TABLE tasks SET (fillfactor = 85);
