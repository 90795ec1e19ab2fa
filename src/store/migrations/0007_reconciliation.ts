/**
 * Reconciliation: since when a type is watched, the source of a snapshot, unread entities, types that subscriptions
 * reconcile.
 */
export const reconciliation = `
-- By the provider's clock: what was changed before is the past, which a first sweep takes up without an event.
ALTER TABLE reconciliation ADD COLUMN began_at INTEGER;
-- When the first sweep of it had ended.
ALTER TABLE reconciliation ADD COLUMN filled_at INTEGER;
UPDATE reconciliation SET began_at = coalesce(nullif(swept_to, 0), resume_from, 0), filled_at = nullif(swept_to, 0);

-- Which kinds of look have shown the entity (domain/Shown.ts); the delivery that told of its last change, the stamp of that
-- change and the kind of look; the delivery that told of its creation.
ALTER TABLE entity_state ADD COLUMN shown_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entity_state ADD COLUMN told_by INTEGER;
ALTER TABLE entity_state ADD COLUMN told_at INTEGER;
ALTER TABLE entity_state ADD COLUMN told_as INTEGER;
ALTER TABLE entity_state ADD COLUMN created_by INTEGER;
-- The delivery that had told of the same change before, in another shape: this one is not handed over.
ALTER TABLE delivery ADD COLUMN duplicate_of INTEGER;

-- What failed to be read while the sweep went on: an entity by itself, or (with children) its dependants of that type.
CREATE TABLE unread (
  source TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, children TEXT NOT NULL, tries INTEGER NOT NULL,
  next_at INTEGER NOT NULL, PRIMARY KEY (source, entity, entity_id, children)
) STRICT, WITHOUT ROWID;

-- Entity types that the applied subscriptions stand for, dependants included.
CREATE TABLE reconciled_entity (source TEXT NOT NULL, entity TEXT NOT NULL, PRIMARY KEY (source, entity)) STRICT, WITHOUT ROWID;
`
