/** Callers of a mirror that no setting names, for people. */
export const mirrorCallers = `
-- Replaced as a whole while the mirror runs: how many callers of one program stand so; "entity" is empty for all types.
CREATE TABLE mirror_caller (
  source TEXT NOT NULL, integration TEXT NOT NULL, entity TEXT NOT NULL, standing TEXT NOT NULL, callers INTEGER NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (source, integration, entity, standing)
) STRICT, WITHOUT ROWID;
`
