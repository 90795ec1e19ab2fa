/**
 * Loss and latency of each account's pushes, by the live comparison, as the next plan reckons with them. Pure.
 */
import { groupBy } from "../domain/Grouping.js"
import { upperLoss } from "../domain/LossBound.js"
import { fewestForEvidence, type MeasuredLoss, type PushEvidence } from "../domain/PushEvidence.js"
import { median } from "../domain/Quantiles.js"
import { emptyTable } from "../domain/Table.js"
import type { ArrivedVersion, LiveEvidence } from "../store/index.js"
import { isCovered } from "./Alarms.js"
import type { ShadowedAccount, ShadowSettings } from "./Settings.js"
import { type ShadowReport, shadow } from "./Shadow.js"
import { type Subscribed, subscribedOf } from "./SubscribedEvents.js"

/** Quantiles that a measured latency is kept by. */
const mostQuantiles = 1_000

/** By account: those with deliveries. Of the time in which the receiver ran, as far as its last sign of life tells. */
export const pushEvidenceOf = (evidence: LiveEvidence, given: ShadowSettings): ReadonlyMap<string, PushEvidence> => {
  const seenAt = evidence.arrived.reduce(
    (last, { receivedAt }) => Math.max(last, receivedAt),
    evidence.receiverSeenAt ?? Number.NEGATIVE_INFINITY
  )
  // The events that were applied decide what is covered, whatever plan is being made.
  const accounts = new Map(
    [...given.accounts].map(([account, { planned: _, ...applied }]): readonly [string, ShadowedAccount] => [
      account,
      applied
    ])
  )
  // Calls without a rhythm show a loss as well.
  const settings: ShadowSettings = { ...given, accounts, now: Math.min(given.now, seenAt), isPoller: () => true }
  const { pollers } = shadow(evidence, settings)
  const bySource = groupBy(evidence.arrived, ({ source }) => source)
  const found = new Map<string, PushEvidence>()
  for (const [account, shadowed] of settings.accounts) {
    const arrived = bySource.get(shadowed.source) ?? []
    const pushes = arrived.filter(({ origin }) => origin === "webhook")
    if (pushes.length === 0) continue
    const loss = emptyTable<MeasuredLoss>()
    const firstAt = pushes.reduce((first, { receivedAt }) => Math.min(first, receivedAt), Number.POSITIVE_INFINITY)
    const subscribed = subscribedOf(shadowed, evidence)
    for (const [entity, some] of groupBy(arrived, (one) => one.entity)) {
      const tallied = talliesOf(some, subscribed, firstAt, settings)
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
    found.set(account, { loss, ...latenciesOf(arrived, aheadMs) })
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
  let [pushed, lost] = [0, 0]
  // A change that several routes or events told, or that reconciliation found before its push came, is one.
  for (const rows of groupBy(arrived, ({ entityId, updatedAt }) => `${entityId}\0${updatedAt}`).values()) {
    const { updatedAt } = rows[0]!
    if (updatedAt < firstAt || updatedAt > now - settleMs) continue
    if (rows.some(({ duplicates, origin }) => origin === "webhook" || duplicates > 0)) pushed += 1
    else if (rows.some((one) => isCovered(subscribed, one))) lost += 1
  }
  const seen = pushed + lost
  return { seen, lost, atMost: upperLoss(lost, seen, confidence) }
}

/** Share of the pushes that may come after reconciliation had brought their change without a moment of their own. */
const mostUntimed = 0.05

/** Of the first arrival of each change; stamps have whole seconds, so a latency reads up to a second long. */
const latenciesOf = (
  arrived: ReadonlyArray<ArrivedVersion>,
  clockAheadMs: number
): Pick<PushEvidence, "latencies" | "deliveries"> => {
  const firsts = new Map<string, number>()
  let untimed = 0
  for (const { duplicates, entity, entityId, event, origin, receivedAt, updatedAt } of arrived) {
    if (origin !== "webhook") {
      if (duplicates > 0) untimed += 1
      continue
    }
    const key = `${entity}\0${entityId}\0${event}\0${updatedAt}`
    const latency = Math.round(Math.max(0, receivedAt - (updatedAt - clockAheadMs)))
    firsts.set(key, Math.min(latency, firsts.get(key) ?? Number.POSITIVE_INFINITY))
  }
  const rising = [...firsts.values()].sort((a, b) => a - b)
  const deliveries = rising.length
  // Without the slowest, the others would tell of a provider that is quicker than it is.
  if (deliveries < fewestForEvidence || untimed > mostUntimed * deliveries) return { latencies: null, deliveries }
  if (deliveries <= mostQuantiles) return { latencies: rising, deliveries }
  const last = mostQuantiles - 1
  return {
    latencies: Array.from({ length: mostQuantiles }, (_, n) => rising[Math.round((n * (deliveries - 1)) / last)]!),
    deliveries
  }
}
