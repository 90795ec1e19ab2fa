/**
 * How often a list is swept: at one interval, or at a shorter one in busy hours of the UTC day. Spans have the unit of
 * the context.
 */
export type SweepInterval = number | HourlyInterval

export interface HourlyInterval {
  /** Outside the busy hours. */
  readonly every: number
  /** In the busy hours; shorter than `every`. */
  readonly busy: number
  /** Hours of the UTC day, as ranges that end before their second hour: `6-18`, `22-2`, `6-12,14-18`. */
  readonly hours: string
}

const hoursADay = 24

/** By hour of the UTC day whether it is busy; `null` for a text that names no hours. */
export const busyHours = (hours: string): ReadonlyArray<boolean> | null => {
  const busy = Array.from({ length: hoursADay }, () => false)
  for (const range of hours.split(",")) {
    const [, first, last] = /^\s*(\d{1,2})\s*-\s*(\d{1,2})\s*$/.exec(range) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (!(from < hoursADay && to <= hoursADay && from !== to)) return null
    const length = to > from ? to - from : to + hoursADay - from
    for (let hour = from; hour < from + length; hour++) busy[hour % hoursADay] = true
  }
  return busy
}

export const longestGap = (interval: SweepInterval): number =>
  typeof interval === "number" ? interval : interval.every

export const shortestGap = (interval: SweepInterval): number =>
  typeof interval === "number" ? interval : interval.busy

/** A day by the number of its sweeps. */
export const meanInterval = (interval: SweepInterval): number => {
  if (typeof interval === "number") return interval
  const busy = busyHours(interval.hours)!.filter(Boolean).length
  return hoursADay / (busy / interval.busy + (hoursADay - busy) / interval.every)
}

/** The same interval in another unit. */
export const convertInterval = (interval: SweepInterval, convert: (span: number) => number): SweepInterval =>
  typeof interval === "number"
    ? convert(interval)
    : { ...interval, every: convert(interval.every), busy: convert(interval.busy) }

/** No gap between two sweeps is longer than a span. */
export const atMost = (interval: SweepInterval, span: number): SweepInterval => {
  if (typeof interval === "number") return Math.min(interval, span)
  return span <= interval.busy ? span : { ...interval, every: Math.min(interval.every, span) }
}

/** `every 4h`, `every 13m from 6 to 18 UTC, else every 4h`. */
export const intervalText = (interval: SweepInterval, show: (span: number) => string): string => {
  if (typeof interval === "number") return `every ${show(interval)}`
  const ranges = interval.hours.split(",").map((range) => `from ${range.trim().replace(/\s*-\s*/, " to ")}`)
  return `every ${show(interval.busy)} ${ranges.join(" and ")} UTC, else every ${show(interval.every)}`
}

/** How a report tells an interval, in seconds; `null`: subscribed to and not reconciled. */
export interface ReportedInterval {
  readonly everySeconds: number | null
  /** Hours of the UTC day in which it is shorter, as ranges: `6-18`. */
  readonly busy?: { readonly everySeconds: number; readonly hours: string }
}

/** A type's interval as a report tells it. */
export const reported = (interval: SweepInterval): ReportedInterval & { readonly everySeconds: number } =>
  typeof interval === "number"
    ? { everySeconds: interval }
    : { everySeconds: interval.every, busy: { everySeconds: interval.busy, hours: interval.hours } }

/** The interval that a report tells; `null` for a type that is not reconciled. */
export const intervalIn = ({ busy, everySeconds }: ReportedInterval): SweepInterval | null =>
  everySeconds === null || busy === undefined
    ? everySeconds
    : { every: everySeconds, busy: busy.everySeconds, hours: busy.hours }

/** `every 12m`; `off` for a type that is not reconciled. */
export const reportedText = (one: ReportedInterval, show: (span: number) => string): string => {
  const interval = intervalIn(one)
  return interval === null ? "off" : intervalText(interval, show)
}
