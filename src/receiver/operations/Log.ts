/** Log lines of the receiver: a sentence and fields. No body, header or secret is ever among them. */
export type LogLevel = "info" | "warning" | "error"

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, string | number>>) => void

export const noLog: Log = () => undefined

/**
 * Rate-limits repeated warnings to one a minute with a count, the last after the minute's end. A flood of bad
 * requests does not fill the disk with log lines.
 */
export const sparingly = (log: Log, now: () => number, everyMs = 60_000): Log => {
  interface Told {
    at: number
    left: number
    timer: NodeJS.Timeout | null
  }
  const seen = new Map<string, Told>()
  return (level, message, fields = {}) => {
    if (level === "info") return log(level, message, fields)
    const key = `${message} ${Object.values(fields).join(" ")}`
    const known = seen.get(key) ?? { at: Number.NEGATIVE_INFINITY, left: 0, timer: null }
    const tell = (): void => {
      if (known.timer !== null) clearTimeout(known.timer)
      const { left } = known
      Object.assign(known, { at: now(), left: 0, timer: null })
      log(level, message, left === 0 ? fields : { ...fields, timesSince: left })
    }
    const wait = known.at + everyMs - now()
    if (wait > 0) {
      known.left += 1
      known.timer ??= setTimeout(tell, wait)
      known.timer.unref()
      return
    }
    if (known.left > 0) known.left += 1
    // The oldest makes room; the count that it has goes out with its timer.
    if (seen.size > mostKeys) seen.delete(seen.keys().next().value!)
    seen.set(key, known)
    tell()
  }
}

/** Distinct warnings that are counted. Reasons and sources are few, so that only a flood of made-up ones comes near. */
const mostKeys = 1_000
