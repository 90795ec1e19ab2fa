/** Calls a minute on an account, now and after, beneath its limit. */
import type { RateLimitUse } from "../../domain/Report.js"
import { count, some } from "../markdown/Words.js"
import { clockTicks, countTicks } from "./Axes.js"
import { type Picture, plot, stepPath } from "./Plot.js"

/** Steps across a picture: of several minutes the busiest is drawn. */
const mostSteps = 144
const high = 100
/** A limit further above the busiest minute is told, and not drawn. */
const limitInView = 3

export const minutesOf = (use: RateLimitUse): Picture => {
  const { limitPerMinute: limit, minutes, peakPerMinuteAfter, peakPerMinuteBefore } = use
  const length = Math.max(1, Math.ceil(minutes.before.length / mostSteps))
  const busiest = (values: ReadonlyArray<number>): ReadonlyArray<number> =>
    Array.from({ length: Math.ceil(values.length / length) }, (_, at) =>
      Math.max(0, ...values.slice(at * length, (at + 1) * length))
    )
  const [before, after] = [busiest(minutes.before), busiest(minutes.after)]
  const peak = Math.max(1, ...before, ...after)
  const shown = limit !== null && limit <= peak * limitInView
  const most = shown ? Math.max(peak, limit) : peak
  const line = (colour: string, values: ReadonlyArray<number>): string =>
    `<path class="line ${colour}" d="${stepPath(values, high, most)}"/>`
  const stretch = length * minutes.stepMinutes
  return {
    title: `Calls a minute on ${use.account}`,
    description: `Now at most ${count(peakPerMinuteBefore)}, after at most ${count(peakPerMinuteAfter)}${limit === null ? "" : `; the limit is ${count(limit)}`}.${stretch > 1 ? ` The busiest minute of each ${some(stretch, "minute")}; UTC.` : ""}`,
    html: plot({
      height: 110,
      labels: count(most).length,
      x: clockTicks(minutes.from, minutes.before.length * minutes.stepMinutes * 60),
      y: countTicks(most),
      legend: [["now", "now"], ["after", "after"], ...(shown ? [["limit", "limit"] as const] : [])],
      box: [Math.max(1, before.length), high],
      svg: `${line("now", before)}${line("after", after)}${shown ? `<path class="line limit" d="M0 ${high - Math.round((limit / most) * high)}h${before.length}"/>` : ""}`
    })
  }
}
