/** Changes that pushes have carried whole: a mirror adds them to what it has read itself. */
export const carried = `
-- The version since which pushes have carried whole all that changed; NULL where the last change was read, or told in part.
ALTER TABLE entity_state ADD COLUMN carried_since INTEGER;
-- JSON: names of the fields that those pushes carried.
ALTER TABLE entity_state ADD COLUMN carried TEXT;
`
