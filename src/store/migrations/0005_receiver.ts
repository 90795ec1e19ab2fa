/** The hand-over's queue, purging, the finer moment of a change, the reconciliation's findings, and cut-overs. */
export const receiver = `
-- 0: ready, in order of id. Later: waits for its next try. NULL: parked behind an earlier one of its entity that failed.
UPDATE delivery SET next_attempt_at = 0 WHERE state = 'stored' AND applied = 1 AND attempts = 0;
CREATE INDEX delivery_pending ON delivery (source, entity, entity_id, id) WHERE state = 'stored' AND applied = 1;
CREATE INDEX delivery_attention ON delivery (state, id) WHERE state IN ('dead', 'quarantined');

-- What an event changed, as what takes it back: its before and after follow from the entity's state and the events after
-- it. Events that were applied before keep theirs written out.
ALTER TABLE delivery ADD COLUMN undo BLOB;

-- As before but for the row's number: rows of this size lie in half as many pages then.
CREATE TABLE entity_state_next (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, updated_at INTEGER,
  deleted INTEGER NOT NULL, touched_at INTEGER, occurred_at INTEGER, snapshot BLOB NOT NULL,
  UNIQUE (source, entity, entity_id)
) STRICT;
INSERT INTO entity_state_next (source, entity, entity_id, updated_at, deleted, touched_at, snapshot)
  SELECT source, entity, entity_id, updated_at, deleted, touched_at, snapshot FROM entity_state;
DROP TABLE entity_state;
ALTER TABLE entity_state_next RENAME TO entity_state;

-- The change's own moment where a sender tells it finer than the entity's stamp: decides between two of one second.
ALTER TABLE delivery ADD COLUMN occurred_at INTEGER;

-- Where a sweep that reads for long had come to when it was cut off.
ALTER TABLE reconciliation ADD COLUMN resume_from INTEGER;
-- When its entity's ids were last compared with the provider's, for deletions.
ALTER TABLE reconciliation ADD COLUMN compared_at INTEGER;

-- A poller that was switched off, when, and what the evidence was.
CREATE TABLE cutover (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, integration TEXT NOT NULL, endpoint TEXT NOT NULL, query TEXT NOT NULL,
  entity TEXT NOT NULL, at INTEGER NOT NULL, ended_at INTEGER, evidence TEXT NOT NULL
) STRICT;
`
