/**
 * The `Retry-After` header as servers really write it: the one reading of it, for clients, the hand-over and the
 * recorder.
 */
import { parseTimestamp } from "../domain/Time.js"

/**
 * More than a day is a mistake or means "never": no limit has a longer period (FRESHWORKS.md, "Rate limits": an hour).
 */
const longestReadMs = 86_400_000

/** The longest that anything here waits because an answer says so; a limit of an hour is over by then. */
export const longestStatedWaitMs = 3_600_000

/** `+3`, `1.5` and `.5` occur, although RFC 9110, 10.2.3, has whole seconds only. A negative value is ignored. */
const secondsForm = /^\+?(?:\d+(?:\.\d*)?|\.\d+)$/
const weekday = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
/** RFC 9110, 5.6.7: IMF-fixdate and the obsolete forms; other texts would be dates to `Date.parse` by accident. */
const zonedDate = new RegExp(`^${weekday}, \\d{1,2}[ -][A-Za-z]{3}[ -]\\d{2,4} [\\d:]{8} (?:GMT|UTC|[+-]\\d{4})$`, "i")
const asctimeDate = new RegExp(`^${weekday} [A-Za-z]{3} +\\d{1,2} [\\d:]{8} \\d{4}$`, "i")
/** A header that came twice is joined by commas, which also stand within dates. */
const members = new RegExp(`\\s*${weekday},[^,]*|[^,]+`, "gi")

/**
 * How long an answer asks to be left alone, in milliseconds from `now`, at most a day; the longest where it says so
 * more than once, 0 for a moment that has passed, `null` where it says nothing that can be read. A date is by the
 * server's clock, so `serverNow`, of its `Date` header, tells best how far off that is.
 */
export const retryAfterMillis = (
  value: string | ReadonlyArray<string> | null | undefined,
  now: number,
  serverNow: number | null = null
): number | null => {
  if (value === null || value === undefined) return null
  let longest: number | null = null
  for (const member of (typeof value === "string" ? value : value.join(",")).match(members) ?? []) {
    const text = member.trim()
    const date = secondsForm.test(text) ? null : httpDate(text)
    const wait = secondsForm.test(text) ? Number(text) * 1000 : date === null ? null : date - (serverNow ?? now)
    if (wait !== null) longest = Math.max(longest ?? 0, Math.min(longestReadMs, Math.max(0, wait)))
  }
  return longest
}

/** A date of a header, in milliseconds since 1970; `null` if it is not a date. */
export const httpDate = (given: string | null | undefined): number | null => {
  const text = given?.trim() ?? ""
  const at = zonedDate.test(text)
    ? Date.parse(text)
    : asctimeDate.test(text)
      ? Date.parse(`${text} GMT`)
      : (parseTimestamp(text) ?? Number.NaN)
  return Number.isNaN(at) ? null : at
}
