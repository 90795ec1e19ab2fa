/** Signs that deliveries are not taken, or that none is to come any more. */
export const lostPushes = `
-- When a delivery was last refused for this reason; NULL where that was before it was noted. How many were since the last
-- one of the source that was accepted, and when the first of them was.
ALTER TABLE rejection ADD COLUMN last_at INTEGER;
ALTER TABLE rejection ADD COLUMN in_a_row INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rejection ADD COLUMN row_began_at INTEGER;

-- When subscriptions of a source were last taken away: what was on its way then may come later.
CREATE TABLE unsubscribed (source TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`
