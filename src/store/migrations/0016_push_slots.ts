/** How many pushes of each event came when, for as long as a rate is learned from; the findings of reconciliation. */
export const pushSlots = `
-- "slot": ten minutes, counted since 1970. "newest": the newest stamp that these pushes told.
CREATE TABLE push_slot (
  slot INTEGER NOT NULL, source TEXT NOT NULL, event TEXT NOT NULL, pushes INTEGER NOT NULL, last_at INTEGER NOT NULL,
  newest INTEGER NOT NULL, PRIMARY KEY (slot, source, event)
) STRICT, WITHOUT ROWID;
INSERT INTO push_slot (slot, source, event, pushes, last_at, newest)
  SELECT received_at / 600000, source, event, count(*), max(received_at), max(coalesce(updated_at, received_at))
  FROM delivery WHERE origin = 'webhook' AND event IS NOT NULL AND applied = 1
    AND received_at > (SELECT max(received_at) FROM delivery) - 28 * 86400000
  GROUP BY 1, 2, 3;

CREATE INDEX delivery_found ON delivery (updated_at) WHERE origin = 'reconciliation';
`
