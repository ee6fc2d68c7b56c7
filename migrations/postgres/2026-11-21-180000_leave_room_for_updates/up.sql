-- Free space for HOT updates: an update writes the new row version to the same page, and changes no index.
-- Pages that are already full get no free space until their rows move.
ALTER TABLE tasks SET (fillfactor = 85);
