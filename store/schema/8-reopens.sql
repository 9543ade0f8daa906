-- Before when the drop of an account is not to be asked again, Unix milliseconds.
ALTER TABLE accounts ADD COLUMN reopens INTEGER NOT NULL DEFAULT 0;
