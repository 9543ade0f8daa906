-- An account for ever: its row stays when it is removed from the configuration,
-- as ids of it may be held anywhere.
CREATE TABLE accounts (
	number   INTEGER PRIMARY KEY,         -- the slot in its ids: 0 is printed as "a"
	name     TEXT NOT NULL UNIQUE,
	messages INTEGER NOT NULL DEFAULT 0,  -- the highest id of a message that was given
	folders  INTEGER NOT NULL DEFAULT 0   -- and of a folder
);

-- The messages of a drop that were delivered here since its last whole session.
CREATE TABLE uidls (
	account INTEGER NOT NULL REFERENCES accounts,
	uidl    TEXT NOT NULL,
	PRIMARY KEY (account, uidl)
) WITHOUT ROWID;
