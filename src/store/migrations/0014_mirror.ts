/** Signs for a mirror: news in the state, entities told in part, since when a type is complete. */
export const mirror = `
-- Rises with each change of any row: the rows behind a known number are what is new.
ALTER TABLE entity_state ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
UPDATE entity_state SET version = id;
CREATE INDEX entity_state_version ON entity_state (version);
-- When a push last told of it, or of a dependant that moved its stamp, since it was last read whole. By the receiver's clock.
ALTER TABLE entity_state ADD COLUMN pushed_at INTEGER;

-- When the last sweep began that read the type's list to its end, how often it is swept, and the stamp from which on all
-- are held: 0 for all, -1 for what the plain list showed to the first sweep.
ALTER TABLE reconciliation ADD COLUMN complete_at INTEGER;
ALTER TABLE reconciliation ADD COLUMN every_ms INTEGER;
ALTER TABLE reconciliation ADD COLUMN reach INTEGER;

-- Entities that were written to through the mirror and not read since.
CREATE TABLE mirror_mark (
  source TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (source, entity, entity_id)
) STRICT, WITHOUT ROWID;

-- Up to which version of the states each cursor poller has been answered, and the time filter of that answer.
CREATE TABLE mirror_cursor (
  poller TEXT PRIMARY KEY, since INTEGER NOT NULL, acknowledged INTEGER NOT NULL, answered INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers that were compared with the provider's: how, and by how many milliseconds the mirror was behind.
CREATE TABLE mirror_sample (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, source TEXT NOT NULL, integration TEXT NOT NULL, endpoint TEXT NOT NULL,
  outcome TEXT NOT NULL, behind_ms INTEGER NOT NULL
) STRICT;

-- How the mirror answered, by day; "reason" is empty for answers from the state.
CREATE TABLE mirror_tally (
  day TEXT NOT NULL, source TEXT NOT NULL, integration TEXT NOT NULL, endpoint TEXT NOT NULL, outcome TEXT NOT NULL,
  reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (day, source, integration, endpoint, outcome, reason)
) STRICT, WITHOUT ROWID;
`
