/** The section on methods: how every number of the report was computed. */
import { verdictRules } from "../../analysis/index.js"
import { roundedDuration } from "../../domain/DurationText.js"
import type { Report } from "../../domain/Report.js"
import { deliveryLatency } from "../../providers/index.js"
import { text } from "./Words.js"

const pushFloor = roundedDuration(deliveryLatency.floorMs / 1_000)
const pushTail = roundedDuration(deliveryLatency.meanTailMs / 1_000)

export const methods = (report: Report): string =>
  [
    "## How every number was computed",
    "",
    "- **calls**: every request in the window, retries and refusals included. A poller's calls are its pages and the detail calls that follow from them.",
    "- **calls after** = reconciliation + hydration + kept + upkeep + retries, over the same window; never calls minus polls. **fewer** = 1 − calls after / calls. A window shorter than the reconciliation interval still counts one whole sweep, since a receiver sweeps when it starts; what it is extrapolated to counts sweeps by their interval and all else by its rate.",
    `- **reconciliation**: one sweep per entity type every ${roundedDuration(report.settings.reconcileSeconds)}, the first over the whole list, with its pages; for tickets two more calls each time, for what is spam and what was deleted. **hydration**: GETs for what deliveries lack; where conversations are wanted, those of tickets whose stamp no push explains or of which the list tells a reply that no push told, and every four weeks (counted by their share) those of every ticket that changed; at a fixed interval those of every ticket that changed since the last sweep, since a lost reply can hide behind a later change. **kept**: pollers that stay, and unattributed calls. **upkeep**: looking after the subscriptions. **retries**: these calls, repeated at the recording's own rate of server errors. Shared costs are split evenly among the pollers they serve.`,
    "- **every**: median of the times between sweeps ± their median absolute deviation; of a poller that asks less often while nothing is new (or after refusals), the range that it moves in. **Empty sweep**: no item version that the poller had not seen; its first sweep fills the cache and is not counted as empty, nor is one that was not answered.",
    `- **freshness now**: arrival of an item version, by the provider's clock, minus its \`updated_at\`, less half a second where stamps have whole seconds; the difference of the clocks is estimated from the \`Date\` headers. Changes from before the poller's first sweep are left out. **Freshness after**: a forecast: pushes take ${pushFloor} and an exponential tail of ${pushTail} (assumed), what no event covers waits evenly over the reconciliation interval.`,
    "- **changes an hour**: estimated from what sweeps saw, each entity at a steady rate of its own; a sweep shows the last change of its interval only, and the time before that is taken as unknown (Cho and Garcia-Molina 2003). Where entities change in sessions the rate around a version is taken, and none is told where sessions are faster than the polling; clusters that fall between two sweeps each time do not show, and are underestimated. **95 %** intervals: of changes from their count (Poisson, widened by the dispersion that blocks of time show), of shares by Wilson's score, of the reduction by leaving out each part of the window in turn. How right the figures are on labelled traffic: docs/accuracy.md.",
    "- **coverage**: of each observed change the names of the changed fields are known (from salted hashes; no values are kept), and each route's list of fields that fire an event. Events are those that the plan subscribes to for the types that a poller reads. Changes of which no poller knew the version before are left out, unless nothing else is known. Where only the stamp of a change shows, an event may fire or not: coverage is then a range, and the worse end is forecast.",
    `- **verdict**: ${verdictRules.map((rule) => text(rule)).join("; ")}.`,
    "- **replay**: real HTTP on loopback under a virtual clock; the account's changes are the same on both paths. Network and service times come from a stated model (docs/replay.md). What a stopwatch measured on this machine is in `report.json` under `measured`, and only there."
  ].join("\n")
