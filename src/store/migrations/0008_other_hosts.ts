/** Calls to hosts that are not recorded, by host only. */
export const otherHosts = `
CREATE TABLE other_host (
  host TEXT NOT NULL,
  integration TEXT NOT NULL,
  calls INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (host, integration)
) STRICT, WITHOUT ROWID;
`
