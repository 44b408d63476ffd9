-- The collectors of a machine share this file. `number` counts the plans that were written, so that each finds what the
-- others have learned; `writer` is who wrote a plan last.
ALTER TABLE about ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN writer TEXT NOT NULL DEFAULT '';
CREATE INDEX plans_by_number ON plans (number);
