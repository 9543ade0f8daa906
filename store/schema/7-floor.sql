-- The highest UID that was known in the mailbox of a move or a copy before it began: what
-- lies there up to it was not brought there by the job.
ALTER TABLE jobs ADD COLUMN floor_validity INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN floor_uid INTEGER NOT NULL DEFAULT 0;
