/** For the analysis: the process that made a call, the provider's clock, the records that a bulk answer refused. */
export const analysis = `
-- Null where one file, or one proxy, speaks for many processes.
ALTER TABLE call ADD COLUMN process INTEGER;
-- The response's Date less the call's start, in milliseconds: whole seconds by the provider's clock.
ALTER TABLE call ADD COLUMN clock_ms INTEGER;
-- Records that a bulk request's answer says were not changed.
ALTER TABLE call ADD COLUMN failed_records INTEGER;
`
