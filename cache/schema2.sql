-- Why a job was not played yet, and what was refused, for commands that wait for
-- what another process does.
ALTER TABLE journal ADD COLUMN why TEXT NOT NULL DEFAULT '';
CREATE TABLE refusals (
	id   INTEGER PRIMARY KEY AUTOINCREMENT,
	said TEXT NOT NULL
);
