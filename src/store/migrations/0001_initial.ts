/** Recording, subscriptions, inbox, entity state and runs. Never edited once landed: a change is a new migration. */
export const initial = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One row per process that recorded: how much it wrote, and what it lost.
CREATE TABLE recorder (
  id INTEGER PRIMARY KEY, integration TEXT NOT NULL, program TEXT NOT NULL, pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL,
  calls INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE stream (
  id INTEGER PRIMARY KEY, integration TEXT NOT NULL, principal TEXT NOT NULL, product TEXT NOT NULL,
  account TEXT NOT NULL, method TEXT NOT NULL, template TEXT NOT NULL, query TEXT NOT NULL,
  UNIQUE (integration, principal, product, account, method, template, query)
) STRICT;

CREATE TABLE call (
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, started_at INTEGER NOT NULL, duration_ms REAL NOT NULL,
  status INTEGER, error TEXT, page INTEGER, since INTEGER, subject TEXT,
  request_bytes INTEGER, response_bytes INTEGER,
  limit_total INTEGER, limit_remaining INTEGER, retry_after REAL,
  items INTEGER, new_versions INTEGER
) STRICT;

-- An item version seen again costs a counter on its call, no row here.
CREATE TABLE item_version (
  stream INTEGER NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, version TEXT NOT NULL,
  call INTEGER NOT NULL, updated_at INTEGER, seen_at INTEGER NOT NULL, created INTEGER NOT NULL, changed TEXT,
  PRIMARY KEY (stream, entity, entity_id, version)
) STRICT, WITHOUT ROWID;

-- The last version that a stream saw of an entity, with salted hashes of its fields: names can be compared, values not read.
CREATE TABLE item_state (
  stream INTEGER NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, version TEXT NOT NULL, fields TEXT NOT NULL,
  PRIMARY KEY (stream, entity, entity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscription (
  source TEXT NOT NULL, route TEXT NOT NULL, event TEXT NOT NULL, product TEXT NOT NULL, account TEXT NOT NULL,
  remote_id TEXT, state TEXT NOT NULL, fields TEXT NOT NULL, applied_at INTEGER, verified_at INTEGER,
  PRIMARY KEY (source, route, event)
) STRICT, WITHOUT ROWID;

-- Bodies are sealed (docs/receiver.md): a copy of the database discloses none.
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, origin TEXT NOT NULL, event TEXT, entity TEXT, entity_id TEXT,
  updated_at INTEGER, received_at INTEGER NOT NULL, state TEXT NOT NULL, applied INTEGER NOT NULL DEFAULT 0,
  dedupe_key BLOB NOT NULL UNIQUE, duplicates INTEGER NOT NULL DEFAULT 0,
  body BLOB NOT NULL, body_sha256 BLOB NOT NULL, before BLOB, after BLOB, changed TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER, delivered_at INTEGER, last_error TEXT
) STRICT;
CREATE INDEX delivery_unapplied ON delivery (id) WHERE state = 'stored' AND applied = 0;
CREATE INDEX delivery_due ON delivery (next_attempt_at, id) WHERE state = 'stored' AND applied = 1;

CREATE TABLE entity_state (
  source TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, updated_at INTEGER, deleted INTEGER NOT NULL,
  touched_at INTEGER, snapshot BLOB NOT NULL,
  PRIMARY KEY (source, entity, entity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE reconciliation (
  source TEXT NOT NULL, entity TEXT NOT NULL, swept_to INTEGER NOT NULL, PRIMARY KEY (source, entity)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejection (source TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (source, reason))
  STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_at INTEGER NOT NULL, result TEXT NOT NULL
) STRICT;
`
