/** Which file an import read, and which calls it brought: so that an import can be taken out again. */
export const imports = `
CREATE TABLE import_file (recorder INTEGER PRIMARY KEY, path TEXT NOT NULL) STRICT;
CREATE TABLE imported_call (call INTEGER PRIMARY KEY, recorder INTEGER NOT NULL) STRICT;
`
