/** Freshness of all pollers, now and after: from the median to p95, on one log axis. */
import type { Report } from "../../domain/Report.js"
import { durationScale } from "./Axes.js"
import { type Picture, plot } from "./Plot.js"

const rowHeight = 26

/** `nameOf` escapes an integration's name. */
export const freshnessOf = ({ pollers }: Report, nameOf: (name: string) => string): Picture | null => {
  const known = pollers.flatMap(({ forecastFreshnessSeconds: after, freshnessSeconds: now, integration }) =>
    now === null || after === null ? [] : [{ integration, now, after }]
  )
  if (known.length === 0) return null
  const scale = durationScale(known.flatMap(({ after, now }) => [now.p50, now.p95, after.p50, after.p95]))
  const x = (seconds: number): number => Math.round(scale.at(seconds) * 1_000)
  const lines = (side: "now" | "after", down: number): string =>
    known.map((one, at) => `M${x(one[side].p50)} ${at * 10 + down}H${x(one[side].p95)}`).join("")
  return {
    title: "Freshness now and after",
    description:
      "How long after a change it arrives, by poller, on a log axis: each line from the median to 95 of 100 changes.",
    html: plot({
      height: known.length * rowHeight,
      labels: Math.min(20, Math.max(...known.map(({ integration }) => integration.length))),
      x: scale.ticks,
      y: known.map(({ integration }, at) => ({ at: 1 - (at + 0.5) / known.length, label: nameOf(integration) })),
      legend: [
        ["now", "now"],
        ["after", "after"]
      ],
      box: [1_000, known.length * 10],
      svg: `<path class="thick now" d="${lines("now", 3)}"/><path class="thick after" d="${lines("after", 7)}"/>`
    })
  }
}
