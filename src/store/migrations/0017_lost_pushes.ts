/** Signs that deliveries are not taken, or that none is to come any more. */
export const lostPushes = `
-- When a delivery was last refused for this reason; NULL where that was before it was noted.
ALTER TABLE rejection ADD COLUMN last_at INTEGER;

-- When subscriptions of a source were last taken away: what was on its way then may come later.
CREATE TABLE unsubscribed (source TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`
