-- The size of a stored response in units of 16 KiB, at least 1. A large response counts as several towards the quota.
ALTER TABLE idempotent_answers ADD COLUMN size INTEGER NOT NULL DEFAULT 1;
