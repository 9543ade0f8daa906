CREATE TABLE folders (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	name       TEXT NOT NULL UNIQUE,
	delimiter  TEXT NOT NULL,
	role       INTEGER NOT NULL,
	noselect   INTEGER NOT NULL,
	subscribed INTEGER NOT NULL,
	total      INTEGER NOT NULL DEFAULT -1, -- what the source says
	unread     INTEGER NOT NULL DEFAULT -1,
	validity   INTEGER NOT NULL DEFAULT 0,
	cursor     TEXT NOT NULL DEFAULT ''
);

-- A message as the user sees it: folder is where it lies for the user, 0 for
-- nowhere. Its uid is NULL while the source has not said it. Where folder and
-- source disagree until the journal is played, placed says where the source has
-- the message.
CREATE TABLE messages (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	folder    INTEGER NOT NULL,
	uid,                                   -- a number for IMAP, a text for Maildir
	shown     INTEGER NOT NULL,            -- what it is sorted by, Unix seconds
	date      INTEGER,                     -- of the Date field
	zone      INTEGER NOT NULL,            -- its zone, seconds east of UTC
	received  INTEGER,
	size      INTEGER NOT NULL,
	flags     INTEGER NOT NULL,
	keywords  TEXT NOT NULL,
	attached  INTEGER NOT NULL,
	subject   TEXT NOT NULL,
	people    TEXT NOT NULL,               -- see encode.go
	msgid     TEXT NOT NULL,
	refs      TEXT NOT NULL,               -- In-Reply-To, a newline, References
	structure BLOB,
	thread    INTEGER NOT NULL DEFAULT 0,
	parent    INTEGER NOT NULL DEFAULT 0,
	after     TEXT NOT NULL DEFAULT ''     -- the message id it follows, while parent is not known
);
CREATE UNIQUE INDEX messages_uid ON messages (folder, uid);
CREATE INDEX messages_list ON messages (folder, shown, thread);
CREATE INDEX messages_unplaced ON messages (folder, msgid) WHERE uid IS NULL;
CREATE INDEX messages_orphans ON messages (after) WHERE after <> '';
CREATE INDEX messages_thread ON messages (thread) WHERE thread <> 0;

CREATE TABLE placed (
	message INTEGER PRIMARY KEY,
	folder  INTEGER NOT NULL,
	uid
);

-- Every message id that was seen or referred to, and its conversation.
CREATE TABLE ids (
	msgid   TEXT PRIMARY KEY,
	thread  INTEGER NOT NULL,
	message INTEGER NOT NULL DEFAULT 0     -- 0 for one that was only referred to
) WITHOUT ROWID;
CREATE INDEX ids_thread ON ids (thread);

CREATE TABLE bodies (
	message INTEGER NOT NULL,
	part    TEXT NOT NULL,
	data    BLOB NOT NULL,
	used    INTEGER NOT NULL,
	PRIMARY KEY (message, part)
);
CREATE INDEX bodies_used ON bodies (used);

CREATE VIRTUAL TABLE words USING fts5 (
	subject, people, body,
	content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

-- What the user did and the source does not know yet.
CREATE TABLE journal (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	op       TEXT NOT NULL,
	source   INTEGER NOT NULL,             -- the folder the messages lay in
	target   INTEGER NOT NULL,
	items    TEXT NOT NULL,                -- JSON: each message, its folder and flags before
	add_flags INTEGER NOT NULL,
	remove_flags INTEGER NOT NULL,
	raw      BLOB,
	date     INTEGER NOT NULL,
	msgid    TEXT NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	started  INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE uidls (uidl TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
