-- How many octets of bodies are kept, so that storing one costs the same whatever
-- is there already.
INSERT OR REPLACE INTO meta SELECT 'bodies', coalesce(sum(length(data)), 0) FROM bodies;
CREATE TRIGGER bodies_kept AFTER INSERT ON bodies BEGIN
	UPDATE meta SET value = value + length(NEW.data) WHERE key = 'bodies';
END;
CREATE TRIGGER bodies_dropped AFTER DELETE ON bodies BEGIN
	UPDATE meta SET value = value - length(OLD.data) WHERE key = 'bodies';
END;
