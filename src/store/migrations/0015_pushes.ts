/** Facts about pushes: the changes that they have carried whole, and the types that they come for. */
export const pushes = `
-- The version since which pushes have carried whole all that changed; NULL where the last change was read, or told in part.
ALTER TABLE entity_state ADD COLUMN carried_since INTEGER;
-- JSON: names of the fields that those pushes carried.
ALTER TABLE entity_state ADD COLUMN carried TEXT;

-- When a delivery of a type last came, to within an hour.
CREATE TABLE pushed_type (
  source TEXT NOT NULL, entity TEXT NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY (source, entity)
) STRICT, WITHOUT ROWID;
INSERT INTO pushed_type (source, entity, last_at)
  SELECT source, entity, max(received_at) FROM delivery
  WHERE origin = 'webhook' AND entity IS NOT NULL AND applied = 1 GROUP BY source, entity;
`
