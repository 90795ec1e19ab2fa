/** Which records a bulk answer, or a write, was about: so that sending one again can be told from sending others. */
export const bulkRecords = `
-- Salted hashes of ids, a space between them; of a bulk answer those of records that were not changed come first.
ALTER TABLE call ADD COLUMN record_hashes TEXT;
`
