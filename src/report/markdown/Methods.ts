/** How every number of the report was computed: a sentence each, and the particulars. */
import { verdictRules } from "../../analysis/index.js"
import { roundedDuration } from "../../domain/DurationText.js"
import type { Report } from "../../domain/Report.js"
import { deliveryLatency } from "../../providers/index.js"
import { text } from "./Words.js"

const pushFloor = roundedDuration(deliveryLatency.floorMs / 1_000)
const pushTail = roundedDuration(deliveryLatency.meanTailMs / 1_000)

interface Method {
  readonly number: string
  readonly sentence: string
  readonly particulars: string
}

/** In `report.md` the numbers that it shows, a sentence each; `full` adds the others, and the particulars. */
export const methods = (report: Report, full: boolean): string =>
  methodsOf(report)
    .filter(({ number }) => full || !onlyInFull.has(number))
    .filter(({ number }) => number !== mirrored || report.plan?.mirror !== undefined)
    .map(({ number, particulars, sentence }) => `- **${number}**: ${sentence}${full ? ` ${particulars}` : ""}`)
    .join("\n")

const mirrored = "through the mirror"

const onlyInFull: ReadonlySet<string> = new Set(["calls", "every", "changes an hour", mirrored])

const methodsOf = ({ settings }: Report): ReadonlyArray<Method> => [
  {
    number: "calls",
    sentence: "every request in the window, with retries and refusals.",
    particulars: "A poller's calls are its pages and the detail calls that follow from them."
  },
  {
    number: "calls after",
    sentence:
      "reconciliation + hydration + tuned + kept + upkeep + retries over the same window, never calls minus polls.",
    particulars: `**Fewer** = 1 − calls after / calls. A window shorter than the reconciliation interval still counts one whole sweep, since a receiver sweeps when it starts; what it is extrapolated to counts sweeps by their interval and all else by its rate. **Reconciliation**: one sweep per entity type every ${roundedDuration(settings.reconcileSeconds)}, or as the plan has it, the first over the whole list, with its pages; for tickets two more calls each time, for what is spam and what was deleted. **Hydration**: GETs for what deliveries lack; where conversations are wanted, those of tickets whose stamp no push explains or of which the list tells a reply that no push told, and every four weeks (counted by their share) those of every ticket that changed; at a fixed interval those of every ticket that changed since the last sweep, since a lost reply can hide behind a later change. **Tuned**: pollers that stay, asking less often. **Kept**: pollers that stay, and unattributed calls. **Upkeep**: looking after the subscriptions. **Retries**: these calls, repeated at the recording's own rate of server errors. With \`--faults\` they count what lost pushes (\`drop\`) and an outage (\`receiverDown\`) cost: sweeps that find a loss read beneath all that changed, and after an outage whole lists and walks come at once. Shared costs are split evenly among the pollers they serve.`
  },
  {
    number: mirrored,
    sentence: "the recorded requests, walked in the order of time as if they had come to `hookshift mirror`.",
    particulars:
      "What the state may answer is the mirror's own rule. Added are the checks of credentials, its readings of what pushes tell in part, and all that its receiver does. A poller's freshness is the push, or the sweep that its type waits for, and the wait for a poll as today. A point forecast, without a band (docs/plan.md)."
  },
  {
    number: "every",
    sentence: "median of the times between sweeps ± their median absolute deviation, where it is not zero.",
    particulars:
      "Of a poller that asks less often while nothing is new (or after refusals), the range that it moves in. **Empty sweep**: no item version that the poller had not seen; its first sweep fills the cache and is not counted as empty, nor is one that was not answered."
  },
  {
    number: "freshness",
    sentence: `from an item version's \`updated_at\` to its arrival; after, a forecast: pushes take ${pushFloor} and an exponential tail of ${pushTail} (assumed), what no event covers waits evenly over the reconciliation interval.`,
    particulars:
      "Arrival is by the provider's clock. Half a second is taken off stamps of whole seconds; the difference of the clocks is estimated from the `Date` headers. Changes from before the poller's first sweep are left out."
  },
  {
    number: "changes an hour",
    sentence: "estimated from what sweeps saw (Cho and Garcia-Molina 2003).",
    particulars:
      "Each entity has a steady rate of its own. A sweep shows the last change of its interval only, and the time before that is taken as unknown. Where entities change in sessions the rate around a version is taken, and none is told where sessions are faster than the polling; clusters that fall between two sweeps each time do not show, and are underestimated."
  },
  {
    number: "95 % intervals",
    sentence:
      "of changes from their count, of shares by Wilson's score, of the reduction by leaving out parts of the window in turn.",
    particulars:
      "Counts are Poisson, widened by the dispersion that blocks of time show. How right the figures are on labelled traffic: docs/accuracy.md."
  },
  {
    number: "coverage",
    sentence: "the names of each change's fields, held against those that fire an event on each route.",
    particulars:
      "The names come from salted hashes; no values are kept. Events are those that the plan subscribes to for the types that a poller reads. Changes of which no poller knew the version before are left out, unless nothing else is known. Where only the stamp of a change shows, an event may fire or not: coverage is then a range, and the worse end is forecast."
  },
  {
    number: "verdict",
    sentence:
      "migrate: events cover nearly all changes; hybrid: reconciliation brings a part; tune or keep: the poller has to stay.",
    particulars: `In full: ${verdictRules.map((rule) => text(rule)).join("; ")}.`
  },
  {
    number: "replay",
    sentence: "real HTTP on loopback under a virtual clock, with the same changes on both paths.",
    particulars:
      "Network and service times come from a stated model (docs/replay.md). What a stopwatch measured on this machine is in `report.json` under `measured`, and only there."
  }
]
