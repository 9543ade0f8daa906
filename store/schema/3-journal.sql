-- Which store it is: a cache that belongs to another one looks at everything anew.
CREATE TABLE store (identity TEXT NOT NULL) STRICT;
INSERT INTO store VALUES (lower(hex(randomblob(16))));

-- The number of the last change of an account's journal, and the highest job of
-- a cache's own journal that was taken over.
ALTER TABLE accounts ADD COLUMN event INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;

-- Messages that something in here is about, by what the source knows of them.
CREATE TABLE refs (
	account  INTEGER NOT NULL REFERENCES accounts,
	message  INTEGER NOT NULL,
	mailbox  TEXT NOT NULL,               -- where the source has it, '' for nowhere
	validity INTEGER NOT NULL,
	uid      TEXT NOT NULL,               -- '' while it is not known
	msgid    TEXT NOT NULL,
	received INTEGER,
	size     INTEGER NOT NULL,
	flags    INTEGER NOT NULL,            -- as the source has them
	event    INTEGER NOT NULL,            -- the last that was about it
	settled  INTEGER NOT NULL DEFAULT 0,  -- the last by which the source said where it lies
	PRIMARY KEY (account, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX refs_event ON refs (account, event);
CREATE INDEX refs_place ON refs (account, mailbox, uid);

-- What the user did and the source does not know yet.
CREATE TABLE jobs (
	seq          INTEGER PRIMARY KEY AUTOINCREMENT,
	account      INTEGER NOT NULL REFERENCES accounts,
	op           TEXT NOT NULL,
	target       TEXT NOT NULL,
	add_flags    INTEGER NOT NULL,
	remove_flags INTEGER NOT NULL,
	date         INTEGER NOT NULL,
	text         TEXT NOT NULL,           -- the name of a file, '' for none
	begun        INTEGER NOT NULL DEFAULT 0,
	attempts     INTEGER NOT NULL DEFAULT 0,
	why          TEXT NOT NULL DEFAULT '',
	after        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_account ON jobs (account, seq);

CREATE TABLE items (
	job      INTEGER NOT NULL REFERENCES jobs,
	position INTEGER NOT NULL,
	account  INTEGER NOT NULL,
	message  INTEGER NOT NULL,
	made     INTEGER NOT NULL,            -- the message that a copy makes, 0 for none
	PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX items_message ON items (account, message);
CREATE INDEX items_made ON items (account, made) WHERE made <> 0;

-- What the source would not do, for who waits for it.
CREATE TABLE refusals (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	account INTEGER NOT NULL,
	said    TEXT NOT NULL
) STRICT;
