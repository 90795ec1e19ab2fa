/** Figures, names and foreign text as reports write them. */
import { markdownTable } from "markdown-table"
import { roundedDuration } from "../../domain/DurationText.js"
import { count, percent, counted as some } from "../../domain/Figures.js"
import { visible } from "../../domain/PlainText.js"
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Spread } from "../../domain/Quantiles.js"
import type { Report } from "../../domain/Report.js"
import type { LeftOut } from "../../domain/Span.js"

export { count, percent, some }

const written = (parts: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...parts })
  return (at: string): string => (Number.isNaN(Date.parse(at)) ? text(at) : format.format(Date.parse(at)))
}

/** `2 March 2026` */
export const day = written({ day: "numeric", month: "long", year: "numeric" })

/** `2 March 2026 at 10:05`, in UTC. */
export const moment = written({ day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" })

/** `2 March 2026 at 00:00 to 3 March 2026 at 00:00 UTC (24 h)` */
export const span = ({ from, seconds, to }: Report["window"]): string =>
  `${moment(from)} to ${moment(to)} UTC (${roundedDuration(seconds)})`

/** Calls left out for their implausible times; `null` without any. */
export const leftOutSentence = (leftOut: ReadonlyArray<LeftOut>): string | null => {
  if (leftOut.length === 0) return null
  const parts = leftOut.slice(0, 3).map(({ calls, year }) => `${some(calls, "call")} of the year ${year}`)
  const rest = leftOut.slice(3).reduce((sum, { calls }) => sum + calls, 0)
  const all = rest === 0 ? parts : [...parts, `${some(rest, "call")} of other years`]
  return `${new Intl.ListFormat("en").format(all)} ${leftOut.length === 1 && leftOut[0]!.calls === 1 ? "is" : "are"} far from all others and left out: hookshift audit --from --to looks at that time`
}

/** `1,500 calls become 37` */
export const become = (calls: number, after: number): string =>
  `${some(calls, "call")} ${calls === 1 ? "becomes" : "become"} ${count(after)}`

/** Stands in place of an empty table of pollers. */
export const noPollers = (calls: number): string =>
  `${some(calls, "call")} ${calls === 1 ? "was" : "were"} recorded, and none of them repeat at an interval: record for longer (four sweeps of the slowest poller, at least)`

/** A poller's interval: with jitter, or as the range of an adaptive one. */
export const pace = ({ adaptive, intervalSeconds, jitterSeconds }: Pace): string =>
  adaptive == null
    ? `${roundedDuration(intervalSeconds)}${jitterSeconds < 0.05 ? "" : ` ± ${roundedDuration(jitterSeconds)}`}`
    : `${roundedDuration(adaptive.fromSeconds)} to ${roundedDuration(adaptive.toSeconds)}, adaptive`

type Pace = Pick<PollerAssessment, "adaptive" | "intervalSeconds" | "jitterSeconds">

export const freshness = (value: Spread | null): string =>
  value === null
    ? "unknown"
    : `${roundedDuration(value.p50)} / ${roundedDuration(value.p95)} / ${roundedDuration(value.max)}`

/**
 * Foreign text inside a table or a sentence, escaped so that no page makes markup, a link, a mention or a reference
 * of it. An angle bracket becomes an entity, so that the report's own `<br>` differs from a foreign one.
 */
export const text = (value: string): string =>
  visible(value.replace(/\s+/g, " "))
    .replace(/[&<>@]|:(?=\/\/)|(?<=\bwww)\.|#(?=\d)/gi, (mark) => entities[mark]!)
    .replace(/[|\\`*_[\]~$]/g, (mark) => `\\${mark}`)

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "@": "&#64;",
  ":": "&#58;",
  ".": "&#46;",
  "#": "&#35;"
}

/** Endpoints, fields and names as code; as text where they hold a mark that ends code. */
export const code = (value: string): string => {
  const shown = visible(value)
  return shown === "" || /[`|<>\\]/.test(shown) ? text(value) : `\`${shown}\``
}

export const bar = (share: number, width = 24): string => "█".repeat(Math.round(share * width))

/** A table without padding, so that long cells cost nothing. `columns`: `l` to the left, `r` to the right. */
export const table = (
  columns: string,
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): string => markdownTable([header, ...rows], { align: right(columns), alignDelimiters: false })

/** Columns for a table: `l` to the left, `r` to the right. */
export const right = (columns: string) => [...columns].map((mark) => (mark === "r" ? "r" : "l"))
