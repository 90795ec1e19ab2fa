/** Which keys have sealed bodies (receiver/inbox/SealingKeys.ts). */
export const sealingKeys = `
-- "id" is a part of the key's hash. A key that was given up is lost, as far as its owner knows: its rows stay sealed until it returns.
CREATE TABLE sealing_key (id TEXT PRIMARY KEY, since INTEGER NOT NULL, given_up_at INTEGER) STRICT, WITHOUT ROWID;
`
