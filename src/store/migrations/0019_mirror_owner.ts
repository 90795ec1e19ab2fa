/** The one mirror that answers from a database (receiver/inbox/Lease.ts); columns as of `inbox_owner`. */
export const mirrorOwner = `
CREATE TABLE mirror_owner (
  id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, place TEXT NOT NULL, file TEXT NOT NULL,
  started TEXT, since INTEGER NOT NULL, beat INTEGER NOT NULL, beat_at INTEGER NOT NULL
) STRICT;
`
