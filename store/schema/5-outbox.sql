-- The highest number of a message in an account's outbox that was given.
ALTER TABLE accounts ADD COLUMN outbox INTEGER NOT NULL DEFAULT 0;

-- What is to be sent.
CREATE TABLE outbox (
	account     INTEGER NOT NULL REFERENCES accounts,
	id          INTEGER NOT NULL,
	text        TEXT NOT NULL,            -- the name of a file
	sender      TEXT NOT NULL,
	subject     TEXT NOT NULL,
	msgid       TEXT NOT NULL,
	size        INTEGER NOT NULL,
	queued      INTEGER NOT NULL,         -- this and other times in nanoseconds
	not_before  INTEGER NOT NULL,
	answers     INTEGER NOT NULL,         -- messages by their ids and Message-IDs
	answers_id  TEXT NOT NULL,
	forwards    INTEGER NOT NULL,
	forwards_id TEXT NOT NULL,
	draft       INTEGER NOT NULL,
	draft_id    TEXT NOT NULL,
	done        INTEGER NOT NULL,         -- what follows from its being sent was written
	PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_text ON outbox (text) WHERE text <> '';
CREATE INDEX jobs_text ON jobs (text) WHERE text <> '';

CREATE TABLE recipients (
	account  INTEGER NOT NULL,
	message  INTEGER NOT NULL,
	position INTEGER NOT NULL,
	address  TEXT NOT NULL,
	state    TEXT NOT NULL,
	next     INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	why      TEXT NOT NULL,
	PRIMARY KEY (account, message, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipients_due ON recipients (account, next) WHERE state IN ('waiting', 'scheduled', 'refused for now');

-- Files of an earlier version's outbox that were taken over and not removed yet.
CREATE TABLE taken_files (
	account INTEGER NOT NULL,
	file    TEXT NOT NULL,
	PRIMARY KEY (account, file)
) STRICT, WITHOUT ROWID;
