/** When a subscription was last found to deliver again after it had not: deliveries of before are lost. */
export const deliversSince = `
-- NULL for one that was never found switched off, changed or gone.
ALTER TABLE subscription ADD COLUMN delivers_since INTEGER;
`
