-- When the leader's process began: with its id it names that process and no later one.
ALTER TABLE leadership ADD COLUMN started TEXT NOT NULL DEFAULT '';
