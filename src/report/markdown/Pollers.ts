/** The section on pollers: calls, freshness and verdict of each, and the calls of no poller. */
import { roundedDuration } from "../../domain/DurationText.js"
import { emptyShareOf } from "../../domain/EmptySweeps.js"
import type { PollerAssessment, TrafficKind } from "../../domain/Poller.js"
import type { Spread } from "../../domain/Quantiles.js"
import type { Report } from "../../domain/Report.js"
import { isShort } from "../decision/CallsADay.js"
import { code, count, freshness, noPollers, pace, percent, some, table, text } from "./Words.js"

/** A line each. */
export const pollerTable = (report: Report): string =>
  report.pollers.length === 0
    ? `${noPollers(report.totals.calls)}.`
    : table(
        "lrrrrrrrl",
        ["poller", "every", "empty", "calls", "after", "p95 now", "after", "covered", "verdict"],
        report.pollers.map((poller) => [
          `${text(poller.integration)} ${code(poller.endpoint)}`,
          pace(poller),
          emptyShareText(poller),
          count(poller.calls),
          isShort(report) ? "" : count(poller.callsAfter),
          p95(poller.freshnessSeconds),
          p95(poller.forecastFreshnessSeconds),
          covered(poller),
          poller.verdict
        ])
      )

/** Share of the sweeps after the first that found nothing new. */
export const emptyShareText = (poller: Parameters<typeof emptyShareOf>[0]): string => {
  const share = emptyShareOf(poller)
  return share === null ? "unknown" : percent(share, 0)
}

/** Share of the changes seen that fire an event. */
const covered = ({ coverage }: PollerAssessment): string => {
  if (coverage === null) return ""
  const { changes, pushed, seenOnce, unknown = 0 } = coverage
  const all = changes + unknown
  if (all === 0) return "unknown"
  return `${unknown === 0 ? "" : `${percent(pushed / all, 0)} to `}${percent((pushed + unknown) / all, 0)}${seenOnce === undefined ? "" : ` of ${count(all)}`}`
}

export const p95 = (value: Spread | null): string => (value === null ? "unknown" : roundedDuration(value.p95))

/** `30.8 s / 57.8 s / 60.8 s now, 1.9 s / 6.1 s / 30 s after (p50 / p95 / max)` */
export const wholeFreshness = ({ forecastFreshnessSeconds, freshnessSeconds }: PollerAssessment): string =>
  `Freshness (half of the changes / 95 of 100 / the stalest): ${freshness(freshnessSeconds)} now, ${freshness(forecastFreshnessSeconds)} after.`

/** `full` names the endpoints. */
export const unattributed = (
  { unattributed: { calls, endpoints, kinds } }: Report,
  full: boolean
): ReadonlyArray<string> =>
  calls === 0
    ? []
    : [
        `${some(calls, "call")} ${calls === 1 ? "belongs" : "belong"} to no poller and ${calls === 1 ? "stays as it is" : "stay as they are"} (${kinds.map((one) => `${kindNames[one.kind]} ${count(one.calls)}`).join(", ")})${full ? `: ${endpoints.map((one) => `${code(one.endpoint)} ${count(one.calls)}×`).join(", ")}` : ""}.`
      ]

const kindNames: Readonly<Record<TrafficKind, string>> = {
  write: "writes",
  probe: "preflights",
  export: "one-off exports",
  burst: "bursts",
  loop: "waiting for a job",
  detail: "single entities",
  irregular: "no rhythm"
}
