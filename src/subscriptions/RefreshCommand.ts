/**
 * The command that sends all applied subscriptions again, of a source or of all. It needs no recording, and mends also
 * subscriptions that no verdict calls for: their events may have been named. Pure.
 */
export const refreshCommand = (source: string | null): string =>
  `hookshift subscriptions apply ${source === null ? "" : `--source ${source} `}--refresh`
