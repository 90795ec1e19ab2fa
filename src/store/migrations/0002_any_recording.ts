/** Recording from files and proxies: unknown durations, repeatable imports, bodies where asked for. */
export const anyRecording = `
CREATE TABLE call_next (
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, started_at INTEGER NOT NULL, duration_us INTEGER,
  status INTEGER, error TEXT, page INTEGER, since INTEGER, subject TEXT,
  request_bytes INTEGER, response_bytes INTEGER,
  limit_total INTEGER, limit_remaining INTEGER, retry_after REAL,
  items INTEGER, new_versions INTEGER
) STRICT;
INSERT INTO call_next
  SELECT id, stream, started_at, CAST(round(duration_ms * 1000) AS INTEGER), status, error, page, since, subject,
    request_bytes, response_bytes, limit_total, limit_remaining, retry_after, items, new_versions FROM call;
DROP TABLE call;
ALTER TABLE call_next RENAME TO call;

ALTER TABLE recorder ADD COLUMN kind TEXT NOT NULL DEFAULT 'client';
ALTER TABLE recorder ADD COLUMN keeps_bodies INTEGER NOT NULL DEFAULT 0;

-- What files brought: a salted hash of the entry and how often it had come before in its file; the import that saw it last.
CREATE TABLE imported (entry BLOB PRIMARY KEY, recorder INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Redacted bodies, each once; only where --keep-bodies asked for them.
CREATE TABLE body (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, content TEXT NOT NULL) STRICT;
CREATE TABLE call_body (call INTEGER PRIMARY KEY, request INTEGER, response INTEGER) STRICT;
`
