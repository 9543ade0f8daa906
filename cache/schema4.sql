-- What the source has, beside what the user sees. Both are the same but for the
-- messages that are named by what the user did (view.go): folder and flags are the
-- user's, has, lies and uid the source's.
ALTER TABLE messages ADD COLUMN lies INTEGER NOT NULL DEFAULT 0;  -- the folder, 0 for nowhere
ALTER TABLE messages ADD COLUMN has INTEGER NOT NULL DEFAULT 0;   -- the flags
ALTER TABLE messages ADD COLUMN named INTEGER NOT NULL DEFAULT 0; -- whether the journal is about it
UPDATE messages SET lies = folder, has = flags;
UPDATE messages SET (lies, uid) = (SELECT p.folder, p.uid FROM placed p WHERE p.message = messages.id) WHERE id IN (SELECT message FROM placed);
-- What was made here is not there yet; and of what was done to flags, the first
-- job knows how they were.
UPDATE messages SET lies = 0 WHERE uid IS NULL AND id IN (SELECT value ->> 'id' FROM journal, json_each(iif(json_valid(items), items, '[]')) WHERE op = 'append');
UPDATE messages SET has = (SELECT value ->> 'flags' FROM journal j, json_each(iif(json_valid(j.items), j.items, '[]')) WHERE j.op = 'flags' AND value ->> 'id' = messages.id ORDER BY j.id LIMIT 1)
	WHERE id IN (SELECT value ->> 'id' FROM journal, json_each(iif(json_valid(items), items, '[]')) WHERE op = 'flags');
DROP TABLE placed;
DROP INDEX messages_uid;
DROP INDEX messages_unplaced;
CREATE UNIQUE INDEX messages_uid ON messages (lies, uid);
CREATE INDEX messages_unplaced ON messages (msgid) WHERE uid IS NULL;
CREATE INDEX messages_named ON messages (lies) WHERE named <> 0;

-- The journal lies in the store, and so does what was refused.
DROP TABLE journal;
DROP TABLE refusals;

-- How much of the store's journal is shown, and of which store.
ALTER TABLE account ADD COLUMN store TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
