/** What the analysis needs besides: which process made a call, what the provider's clock said, what a bulk answer refused. */
export const analysis = `
-- Null where one file, or one proxy, speaks for many processes.
ALTER TABLE call ADD COLUMN process INTEGER;
-- The response's Date less the call's start, in milliseconds: whole seconds by the provider's clock.
ALTER TABLE call ADD COLUMN clock_ms INTEGER;
-- Records that a bulk request's answer says were not changed.
ALTER TABLE call ADD COLUMN failed_records INTEGER;
`
