/** What the receiver tells of itself, for a log: a sentence and fields. No body, header or secret is ever among them. */
export type LogLevel = "info" | "warning" | "error"

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, string | number>>) => void

export const noLog: Log = () => undefined

/**
 * The same warning again and again becomes one a minute that says how many there were: who floods the receiver shall not fill
 * the disk with its log.
 */
export const sparingly = (log: Log, now: () => number, everyMs = 60_000): Log => {
  const seen = new Map<string, { at: number; left: number }>()
  return (level, message, fields = {}) => {
    if (level === "info") return log(level, message, fields)
    const key = `${message} ${Object.values(fields).join(" ")}`
    const known = seen.get(key)
    if (known !== undefined && now() - known.at < everyMs) {
      known.left += 1
      return
    }
    if (seen.size > 1_000) seen.clear()
    seen.set(key, { at: now(), left: 0 })
    log(level, message, known === undefined || known.left === 0 ? fields : { ...fields, timesSince: known.left })
  }
}
