/** When a receiver was last seen to take deliveries: a gap before the next time is an outage (policy/Outage.ts). */
export const presence = `
-- "back_at": when the last outage ended. The row outlives the owner's (0010_inbox_owner), which a receiver that ends takes away.
CREATE TABLE receiver_presence (
  id INTEGER PRIMARY KEY CHECK (id = 1), seen_at INTEGER NOT NULL, back_at INTEGER
) STRICT;
`
