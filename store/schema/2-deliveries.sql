-- The messages of a drop that were taken since its last whole session, and those
-- that still lie there.
CREATE TABLE deliveries (
	account INTEGER NOT NULL REFERENCES accounts,
	name    TEXT NOT NULL,             -- by which the Maildir knows it
	uidl    TEXT NOT NULL,             -- empty where the drop has none
	size    INTEGER NOT NULL,          -- octets, as the drop listed them
	header  TEXT NOT NULL,             -- hashes of what came in; empty where an earlier
	content TEXT NOT NULL,             -- version noted the UIDL alone
	state   INTEGER NOT NULL,          -- 0 about to be delivered, 1 delivered, 2 delivered but incomplete
	PRIMARY KEY (account, name)
) WITHOUT ROWID;

INSERT INTO deliveries SELECT account, 'uidl ' || uidl, uidl, 0, '', '', 1 FROM uidls;
DROP TABLE uidls;
