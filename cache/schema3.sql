-- The UIDLs of a drop exist nowhere else, and lie in the store by now.
DROP TABLE uidls;

-- Whose cache it is, for a store that was lost.
CREATE TABLE account (
	number INTEGER NOT NULL,               -- the slot in its ids
	name   TEXT NOT NULL
);
