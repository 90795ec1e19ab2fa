/**
 * The command that sends again all that was applied, of a source or of all. It needs no recording, and mends also what
 * no verdict calls for: the events may have been named. Pure.
 */
export const refreshCommand = (source: string | null): string =>
  `hookshift subscriptions apply ${source === null ? "" : `--source ${source} `}--refresh`
