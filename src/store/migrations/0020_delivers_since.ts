/** When a subscription began to deliver, or was found to deliver again: deliveries of before may be lost. */
export const deliversSince = `
-- NULL for those that were applied before this column was there.
ALTER TABLE subscription ADD COLUMN delivers_since INTEGER;
`
