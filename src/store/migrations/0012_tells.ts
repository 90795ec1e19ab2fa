/** Signs of dependants in a parent's own events, for lists that show the same (providers/Provider.ts, `Tell`). */
export const tells = `
-- JSON: by field, the newest moment that an event of a dependant told.
ALTER TABLE entity_state ADD COLUMN tells TEXT;
`
