/** Echoes, the integration's own writes, and which webhook secret was last seen in use. */
export const fourProducts = `
ALTER TABLE delivery ADD COLUMN actor TEXT;
ALTER TABLE delivery ADD COLUMN echo TEXT;

-- What the integration wrote last, sealed, so that its own change can be told when it comes back.
CREATE TABLE own_write (
  source TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, written_at INTEGER NOT NULL, fields BLOB NOT NULL,
  PRIMARY KEY (source, entity, entity_id)
) STRICT, WITHOUT ROWID;

-- Secrets by salted fingerprint: a rotation is over once the old one is not used any more.
CREATE TABLE secret_use (
  source TEXT NOT NULL, fingerprint TEXT NOT NULL, last_at INTEGER NOT NULL, deliveries INTEGER NOT NULL,
  PRIMARY KEY (source, fingerprint)
) STRICT, WITHOUT ROWID;

-- How many sweeps of an entity type there have been: every so many read it whole.
ALTER TABLE reconciliation ADD COLUMN sweeps INTEGER NOT NULL DEFAULT 0;
`
