-- What takes back what the user did: the job if it was not begun, else another job.
CREATE TABLE undos (
	seq          INTEGER PRIMARY KEY AUTOINCREMENT,
	account      INTEGER NOT NULL REFERENCES accounts,
	deed         INTEGER NOT NULL,        -- what was one thing for the user, of several accounts
	what         TEXT NOT NULL,           -- a word for it
	job          INTEGER NOT NULL,        -- what is taken back
	op           TEXT NOT NULL,           -- '' for what cannot be taken back once it was begun
	target       TEXT NOT NULL,
	add_flags    INTEGER NOT NULL,
	remove_flags INTEGER NOT NULL,
	messages     TEXT NOT NULL            -- JSON
) STRICT;
CREATE INDEX undos_deed ON undos (account, deed);
