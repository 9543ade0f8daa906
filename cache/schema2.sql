-- Why a job was not played yet, and what was refused, for commands that wait for
-- what another process does; and the job that is to be played before, if any.
ALTER TABLE journal ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN after INTEGER NOT NULL DEFAULT 0;
CREATE TABLE refusals (
	id   INTEGER PRIMARY KEY AUTOINCREMENT,
	said TEXT NOT NULL
);
