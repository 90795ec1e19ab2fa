/** The replay's section: both paths over the same changes, and many days like it. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { RunsResult } from "../../domain/Replay.js"
import { modelBeside } from "../../domain/ReplayVerdict.js"
import type { ReplayResult } from "../../domain/Report.js"
import type { MirrorOutcome } from "../../domain/ThroughMirror.js"
import { isWithin } from "../decision/Band.js"
import { asPlayed, type ForecastCalls, playedPart } from "../decision/Forecast.js"
import { mirroredOutcome } from "./MirroredPrograms.js"
import { count, freshness, moment, percent, some, table, text } from "./Words.js"

/** Both paths beside each other; with a forecast, whether it held; and many days like this one. */
export const sideBySide = (replay: ReplayResult, forecast: ForecastCalls | null): string =>
  [
    "## Side by side",
    bothPaths(replay, forecast),
    ...(replay.runs === undefined
      ? []
      : [
          `### ${count(replay.runs.runs)} days like this one`,
          manyDaysOutcome(replay.runs, forecast),
          manyDaysTable(replay.runs)
        ])
  ].join("\n\n")

export const bothPaths = (replay: ReplayResult, forecast: ForecastCalls | null): string => {
  const { mirror, parity, polling, webhook } = replay
  const by = (of: (through: MirrorOutcome) => string): string => (mirror === undefined ? "" : of(mirror))
  const rows: ReadonlyArray<ReadonlyArray<string>> = [
    ["calls", count(polling.calls), count(webhook.calls), by(({ calls }) => count(calls))],
    [
      "changes brought",
      count(polling.seen),
      count(webhook.pushed + webhook.uncovered + webhook.recovered),
      by(({ seen }) => count(seen))
    ],
    ["… pushed by an event", "", count(webhook.pushed), ""],
    ["… without an event: by reconciliation or a later event", "", count(webhook.uncovered), ""],
    ["… delivery lost or late, recovered", "", count(webhook.recovered), ""],
    ["overwritten before a sweep came", count(polling.collapsed), "0", by(({ collapsed }) => count(collapsed))],
    [
      "missed",
      `${count(polling.missed)}${polling.missed === 0 ? "" : " (mostly deletions, which no sweep saw)"}`,
      count(webhook.missed),
      by(({ missed }) => count(missed))
    ],
    [
      "freshness p50 / p95 / max",
      freshness(polling.freshnessSeconds),
      freshness(webhook.freshnessSeconds),
      by(({ freshnessSeconds }) => freshness(freshnessSeconds))
    ],
    ["delivery attempts", "", count(webhook.deliveries), ""],
    [
      "duplicates stored once; dropped on the way; refused for their signature",
      "",
      [webhook.duplicates, webhook.dropped, webhook.rejected].map(count).join("; "),
      ""
    ],
    ...(webhook.afterOutage === null
      ? []
      : [
          [
            "lost while the receiver was down, then healed",
            "",
            `${count(webhook.afterOutage.lost)}, ${count(webhook.afterOutage.healed)}`,
            ""
          ]
        ])
  ]
  const verdictLine = parity.equal
    ? `**Parity:** once both had settled, the webhook path held every entity that the polling path held, at the same or a newer version. ${count(parity.onlyWebhook)} entities only the webhook path holds: deleted ones, and those that no poller has read.`
    : `**No parity:** ${parity.differing ?? parity.differences.length} entities differ: ${parity.differences
        .slice(0, 5)
        .map((difference) =>
          text(
            `${difference.entity} ${difference.entityId} of ${difference.account} (polled ${difference.polling}, webhook ${difference.webhook ?? "never"})`
          )
        )
        .join("; ")}.`
  const beside = modelBeside(replay)
  const guessed =
    replay.estimated === undefined || replay.estimated === 0
      ? ""
      : `, ${count(replay.estimated)} of them added by the estimated rate`
  return [
    `${count(replay.changes)} changes${guessed}, seed ${replay.seed}, faults: ${replay.faults === "" ? "none" : text(replay.faults)}; the polling path is driven by ${text(replay.pollingDriver)}.`,
    ...(forecast === null ? [] : leftOutOfReplay(forecast)),
    "",
    mirror === undefined
      ? table(
          "lrr",
          ["what", "polling", "webhooks"],
          rows.map((row) => row.slice(0, 3))
        )
      : table("lrrr", ["what", "polling", "webhooks", "through the mirror"], rows),
    "",
    verdictLine,
    ...mirroredOutcome(replay),
    ...byIntegration(replay.byIntegration ?? []),
    ...(beside === null ? [] : ["", beside]),
    ...(forecast === null ? [] : ["", heldForecast(replay, forecast)])
  ].join("\n")
}

/** Over the changes that each integration saw by polling. */
export const byIntegrationTable = (lines: NonNullable<ReplayResult["byIntegration"]>): string =>
  table(
    "llrrr",
    ["integration", "account", "changes it saw", "by polling, p50 / p95 / max", "by webhooks"],
    lines.map(({ account, changes, integration, polling, webhook }) => [
      text(integration),
      text(account),
      count(changes),
      freshness(polling),
      freshness(webhook)
    ])
  )

const byIntegration = (lines: NonNullable<ReplayResult["byIntegration"]>): ReadonlyArray<string> => {
  if (lines.length === 0) return []
  const later = lines.filter(({ polling, webhook }) => webhook.p95 > polling.p95)
  const which = later.map(({ integration, polling, webhook }) =>
    text(`${integration} (${roundedDuration(webhook.p95)} in place of ${roundedDuration(polling.p95)})`)
  )
  return [
    "",
    later.length === 0
      ? `No integration (of ${count(lines.length)}) has the changes that it saw later by webhooks, at p95.`
      : `**Later by webhooks at p95, over the changes that it saw:** ${which.join(", ")}.`
  ]
}

/** The accounts that are not played, so that the figures of both parts add up to the report's. */
const leftOutOfReplay = (forecast: ForecastCalls): ReadonlyArray<string> => {
  const { calls, callsAfter, leftOut } = forecast
  const part = playedPart(forecast)
  if (part === null) return []
  const named = leftOut
    .slice(0, 3)
    .map((one) => `${text(one.account)} (${some(one.calls, "call")} now, ${count(one.callsAfter)} after)`)
  const rest = leftOut.slice(3)
  const sum = (of: "calls" | "callsAfter"): string => count(rest.reduce((all, one) => all + one[of], 0))
  const others =
    rest.length === 0 ? [] : [`${count(rest.length)} more (${sum("calls")} now, ${sum("callsAfter")} after)`]
  return [
    "",
    `**Replayed are ${part}:** ${some(calls, "call")} now, ${count(callsAfter)} after by the forecast, and all figures of this section are theirs. Not replayed: ${new Intl.ListFormat("en").format([...named, ...others])}.`
  ]
}

const heldForecast = ({ webhook, window }: ReplayResult, forecast: ForecastCalls): string => {
  const { calls, from, leftOut, seldom, tunedAway: tuned } = forecast
  const asOf = [
    ...(tuned === 0
      ? []
      : [
          `with ${count(tuned)} that tuning would take from pollers that stay, since the replay plays them as they are`
        ]),
    ...(seldom === 0 ? [] : [`without ${count(seldom)} that are the day's share of a reading every few weeks`])
  ]
  const played = asPlayed(forecast)
  const apart = Math.abs(webhook.calls - played) / Math.max(1, calls)
  return window.from === from
    ? `The forecast said ${some(played, "call")}${leftOut.length === 0 ? "" : " for these accounts"}${asOf.map((part) => `, ${part}`).join("")}; the replay made ${count(webhook.calls)}: ${percent(apart)} of ${leftOut.length === 0 ? "all" : "their"} calls apart.`
    : `The replay covers the last day of the window (${moment(window.from)} to ${moment(window.to)} UTC), the forecast all of it: their calls do not compare.`
}

const told: ReadonlyArray<readonly [metric: string, words: string, write: (value: number) => string]> = [
  ["changes", "changes", count],
  ["pollingCalls", "calls of the polling path", count],
  ["webhookCalls", "calls of the webhook path", count],
  ["reduction", "reduction", percent],
  ["webhookPeakPerMinute", "its busiest minute", count],
  ["pollingFreshnessP50", "freshness by polling, p50", roundedDuration],
  ["pollingFreshnessMax", "freshness by polling, worst", roundedDuration],
  ["webhookFreshnessP50", "freshness by webhooks, p50", roundedDuration],
  ["webhookFreshnessP95", "freshness by webhooks, p95", roundedDuration],
  ["webhookFreshnessMax", "freshness by webhooks, worst", roundedDuration],
  ["recovered", "lost deliveries that reconciliation healed", count],
  ["webhookMissed", "changes that webhooks missed", count],
  ["differences", "entities behind polling at the end", count]
]

/** Metrics that a decision rests on. */
export const deciding = told.filter(([metric]) =>
  ["webhookCalls", "reduction", "webhookPeakPerMinute", "webhookFreshnessP95", "webhookFreshnessMax"].includes(metric)
)

/** Bands over many days drawn from this one. */
export const manyDaysTable = ({ bands }: RunsResult, metrics = told): string =>
  table(
    "lrr",
    ["what", "median", "95 of 100 days"],
    metrics.flatMap(([metric, words, write]) => {
      const band = bands[metric]
      return band == null ? [] : [[words, write(band.median), `${write(band.low)} to ${write(band.high)}`]]
    })
  )

export const manyDaysOutcome = ({ bands, failing, runs, seed }: RunsResult, forecast: ForecastCalls | null): string => {
  const calls = bands["webhookCalls"]
  const held =
    forecast === null || calls == null
      ? ""
      : ` The forecast, ${some(asPlayed(forecast), "call")}, lies ${isWithin(forecast, calls) ? "in" : "outside"} the band.`
  const outcome =
    failing === 0 ? "In none of them was a change lost." : `**In ${count(failing)} of them a change was lost.**`
  return `${count(runs)} days like this one, with changes, deliveries and faults drawn anew for each (seed ${seed}): ${outcome.replace(/^In/, "in").replace(/^\*\*In/, "**in")}${held}`
}

export const noReplay = "No replay was made: run `hookshift replay`, or `hookshift audit` without `--no-replay`."
