/** The one receiver that may write to the inbox (receiver/inbox/Lease.ts). */
export const inboxOwner = `
-- "place" is the machine's boot and process namespace, within which a process number means something; "started" tells two
-- processes of one number apart. "file" is the database's device and inode, since a copy has the row as well. "beat" counts heartbeats: a count that stands still is an owner that is gone or stopped.
CREATE TABLE inbox_owner (
  id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, place TEXT NOT NULL, file TEXT NOT NULL,
  started TEXT, since INTEGER NOT NULL, beat INTEGER NOT NULL, beat_at INTEGER NOT NULL
) STRICT;
`
