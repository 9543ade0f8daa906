-- Whether a job has time: a draft that is being written is not uploaded with each word.
ALTER TABLE jobs ADD COLUMN leisurely INTEGER NOT NULL DEFAULT 0;
