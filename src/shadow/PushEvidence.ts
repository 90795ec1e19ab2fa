/**
 * What the live comparison measured of each account's pushes, as the next plan reckons with it: how many are lost, and
 * how long they take. Pure.
 */
import { groupBy } from "../domain/Grouping.js"
import type { MeasuredLoss, PushEvidence } from "../domain/PushEvidence.js"
import { median } from "../domain/Quantiles.js"
import { emptyTable } from "../domain/Table.js"
import type { ArrivedVersion, LiveEvidence } from "../store/index.js"
import { isCovered } from "./Alarms.js"
import { upperLoss } from "./LossBound.js"
import type { ShadowSettings } from "./Settings.js"
import type { ShadowReport } from "./Shadow.js"
import { type Subscribed, subscribedOf } from "./SubscribedEvents.js"

/** Deliveries that a latency is told from; with fewer, the assumed one stands. */
const fewestDeliveries = 30

/** Quantiles that a measured latency is kept by. */
const mostQuantiles = 1_000

/** By account: those with deliveries. */
export const pushEvidenceOf = (
  evidence: LiveEvidence,
  { pollers }: ShadowReport,
  settings: ShadowSettings
): ReadonlyMap<string, PushEvidence> => {
  const bySource = groupBy(evidence.arrived, ({ source }) => source)
  const found = new Map<string, PushEvidence>()
  for (const [account, shadowed] of settings.accounts) {
    const arrived = bySource.get(shadowed.source) ?? []
    const pushes = arrived.filter(({ origin }) => origin === "webhook")
    if (pushes.length === 0) continue
    const loss = emptyTable<MeasuredLoss>()
    const [first] = pushes.map(({ receivedAt }) => receivedAt).sort((a, b) => a - b)
    const subscribed = subscribedOf(shadowed, evidence)
    for (const [entity, some] of groupBy(arrived, (one) => one.entity)) {
      const tallied = talliesOf(some, subscribed, first!, settings)
      if (tallied.seen > 0) loss[entity] = tallied
    }
    // Polls show more than reconciliation, which sees the newest version alone: where a poller compares, it decides.
    for (const line of pollers) {
      const seen = line.pushed + line.lost
      if (line.account !== account || seen === 0) continue
      const known = pollers.some((other) => other !== line && isBetter(other, line))
      if (!known) loss[line.entity] = { seen, lost: line.lost, atMost: line.lossAtMost }
    }
    const clocks = evidence.streams.filter((stream) => stream.account === account)
    const aheadMs = median(clocks.map(({ clockAheadMs }) => clockAheadMs)) ?? 0
    found.set(account, { loss, ...latenciesOf(pushes, aheadMs) })
  }
  return found
}

type Line = ShadowReport["pollers"][number]

/** Of two pollers that compare the same type, the one that saw more decides. */
const isBetter = (other: Line, line: Line): boolean =>
  other.account === line.account && other.entity === line.entity && other.pushed + other.lost > line.pushed + line.lost

/** By the receiver alone: covered changes that reconciliation found and no push brought, since the first delivery. */
const talliesOf = (
  arrived: ReadonlyArray<ArrivedVersion>,
  subscribed: Subscribed,
  firstAt: number,
  { confidence, now, settleMs }: ShadowSettings
): MeasuredLoss => {
  const isSettled = ({ updatedAt }: ArrivedVersion): boolean => updatedAt >= firstAt && updatedAt <= now - settleMs
  const settled = arrived.filter(isSettled)
  // A delivery that came after reconciliation had brought its change is counted on that row.
  const lost = settled.filter(
    (one) => one.origin === "reconciliation" && one.duplicates === 0 && isCovered(subscribed, one)
  ).length
  const pushed = settled.filter(({ duplicates, origin }) => origin === "webhook" || duplicates > 0).length
  const seen = pushed + lost
  return { seen, lost, atMost: upperLoss(lost, seen, confidence) }
}

/** Of the first arrival of each change; stamps have whole seconds, so a latency reads up to a second long. */
const latenciesOf = (
  pushes: ReadonlyArray<ArrivedVersion>,
  clockAheadMs: number
): Pick<PushEvidence, "latencies" | "deliveries"> => {
  const firsts = new Map<string, number>()
  for (const { entity, entityId, event, receivedAt, updatedAt } of pushes) {
    const key = `${entity}\0${entityId}\0${event}\0${updatedAt}`
    const latency = Math.round(Math.max(0, receivedAt - (updatedAt - clockAheadMs)))
    firsts.set(key, Math.min(latency, firsts.get(key) ?? Number.POSITIVE_INFINITY))
  }
  const rising = [...firsts.values()].sort((a, b) => a - b)
  const deliveries = rising.length
  if (deliveries < fewestDeliveries) return { latencies: null, deliveries }
  if (deliveries <= mostQuantiles) return { latencies: rising, deliveries }
  const last = mostQuantiles - 1
  return {
    latencies: Array.from({ length: mostQuantiles }, (_, n) => rising[Math.round((n * (deliveries - 1)) / last)]!),
    deliveries
  }
}
