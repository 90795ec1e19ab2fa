/** Holds both paths against the truth and against each other. Pure. */
import { groupBy } from "../../domain/Grouping.js"
import { roundTo, type Spread, spread } from "../../domain/Quantiles.js"
import type { EntityFreshness, IntegrationFreshness } from "../../domain/Replay.js"
import type { ParityDifference } from "../../domain/Report.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { TrueChange } from "./ProviderPort.js"

/** One version of an entity arriving on a path. */
export interface Arrival {
  readonly account: string
  readonly entity: string
  readonly id: string
  readonly updatedAt: EpochMillis
  readonly at: EpochMillis
}

export interface WebhookArrival extends Arrival {
  readonly origin: "webhook" | "reconciliation"
  /** The entity whose stamp this one moved. */
  readonly parent: { readonly entity: string; readonly id: string } | null
  /** It told that the entity is gone. Found missing, it has the stamp that it had before. */
  readonly deletion: boolean
}

export interface FinalState {
  readonly account: string
  readonly entity: string
  readonly id: string
  readonly updatedAt: EpochMillis | null
  readonly deleted: boolean
}

interface Named {
  readonly account: string
  readonly entity: string
  readonly id: string
}

/** An entity's name over all accounts. */
export const entityKey = ({ account, entity, id }: Named): string => `${account} ${entity} ${id}`

const byEntity = <A extends Named>(values: ReadonlyArray<A>): Map<string, Array<A>> => groupBy(values, entityKey)

export const roundSpread = (values: Spread | null): Spread | null =>
  values === null ? null : { p50: roundTo(values.p50, 1), p95: roundTo(values.p95, 1), max: roundTo(values.max, 1) }

export interface PollingOutcome {
  readonly seen: number
  readonly collapsed: number
  readonly missed: number
  readonly freshnessSeconds: Spread | null
}

/**
 * Each change was seen, was overwritten by a later one before a sweep came (collapsed), or was its entity's last and
 * never seen.
 */
export const judgePolling = (truth: ReadonlyArray<TrueChange>, arrivals: ReadonlyArray<Arrival>): PollingOutcome => {
  const seenByEntity = byEntity(arrivals)
  const lags: Array<number> = []
  let seen = 0
  let collapsed = 0
  let missed = 0
  for (const [name, changes] of byEntity(truth)) {
    const versions = seenByEntity.get(name) ?? []
    changes.forEach((change, index) => {
      const exact =
        change.action === "delete"
          ? undefined
          : versions.find((version) => version.updatedAt === change.updatedAt && version.at >= change.at)
      if (exact !== undefined) {
        seen += 1
        lags.push((exact.at - change.at) / 1000)
      } else if (index < changes.length - 1) collapsed += 1
      else missed += 1
    })
  }
  return { seen, collapsed, missed, freshnessSeconds: roundSpread(spread(lags)) }
}

export interface WebhookOutcome {
  /** By a delivery of the change itself, or of the reply that moved its stamp. */
  readonly pushed: number
  /** No event covers it; reconciliation or a later delivery brought it. */
  readonly uncovered: number
  /** An event covers it, its delivery was lost, and reconciliation or a later delivery brought it. */
  readonly recovered: number
  readonly missed: number
  readonly freshnessSeconds: Spread | null
  /** Seconds until the receiver had each change; of a change that only its final state shows, nothing. */
  readonly lags: ReadonlyMap<TrueChange, number>
}

export const judgeWebhook = (
  truth: ReadonlyArray<TrueChange>,
  arrivals: ReadonlyArray<WebhookArrival>,
  final: ReadonlyArray<FinalState>,
  covered: (change: TrueChange) => boolean
): WebhookOutcome => {
  const arrived = byEntity(arrivals)
  const touched = new Map<string, WebhookArrival>()
  for (const arrival of arrivals) {
    if (arrival.parent === null) continue
    const name = `${entityKey({ account: arrival.account, ...arrival.parent })} ${arrival.updatedAt}`
    if (!touched.has(name)) touched.set(name, arrival)
  }
  const states = new Map(final.map((state) => [entityKey(state), state]))
  const lags = new Map<TrueChange, number>()
  let pushed = 0
  let uncovered = 0
  let recovered = 0
  let missed = 0
  for (const change of truth) {
    const name = entityKey(change)
    const candidates = arrived.get(name) ?? []
    // The first that brought it, or something newer: from then on the receiver had it.
    const first = candidates.find(
      (arrival) => arrival.at >= change.at && (arrival.deletion || arrival.updatedAt >= change.updatedAt)
    )
    const reply =
      change.fields.length === 0 && change.action === "update" ? touched.get(`${name} ${change.updatedAt}`) : undefined
    const carrier = reply !== undefined && (first === undefined || reply.at <= first.at) ? reply : first
    const state = states.get(name)
    const held =
      state !== undefined &&
      (state.deleted || (change.action !== "delete" && (state.updatedAt ?? 0) >= change.updatedAt))
    if (carrier === undefined && !held) {
      missed += 1
      continue
    }
    if (carrier?.origin === "webhook" && carrier.updatedAt === change.updatedAt) pushed += 1
    else if (covered(change)) recovered += 1
    else uncovered += 1
    if (carrier !== undefined) lags.set(change, Math.max(0, carrier.at - change.at) / 1000)
  }
  return { pushed, uncovered, recovered, missed, freshnessSeconds: roundSpread(spread([...lags.values()])), lags }
}

/** A change that an integration saw by polling. */
export interface PolledArrival extends Arrival {
  readonly integration: string
}

/** One version of an entity. */
const versionOf = (one: Named & { readonly updatedAt: EpochMillis }): string => `${entityKey(one)} ${one.updatedAt}`

/** The first change to each version; a deletion makes none. */
export const changesByVersion = (truth: ReadonlyArray<TrueChange>): ReadonlyMap<string, TrueChange> => {
  const first = new Map<string, TrueChange>()
  for (const change of truth)
    if (change.action !== "delete" && !first.has(versionOf(change))) first.set(versionOf(change), change)
  return first
}

/** The first sight of each version whose change is known; an arrival before its change does not count. */
export const firstSights = (
  changes: ReadonlyMap<string, TrueChange>,
  polled: ReadonlyArray<Arrival>
): ReadonlyArray<{ readonly arrival: Arrival; readonly change: TrueChange }> => {
  const seen = new Set<string>()
  return polled.flatMap((arrival) => {
    const version = versionOf(arrival)
    const change = changes.get(version)
    if (change === undefined || arrival.at < change.at || seen.has(version)) return []
    seen.add(version)
    return [{ arrival, change }]
  })
}

/**
 * By integration: how long both paths took over the changes that it saw by polling. A version is its first sight of
 * it; of changes with one stamp the slowest counts.
 */
export const freshnessByIntegration = (
  polledTruth: ReadonlyArray<TrueChange>,
  polled: ReadonlyArray<PolledArrival>,
  lags: WebhookOutcome["lags"]
): ReadonlyArray<IntegrationFreshness> => {
  const pushedLags = new Map<string, number>()
  for (const [change, lag] of lags) {
    const version = versionOf(change)
    pushedLags.set(version, Math.max(lag, pushedLags.get(version) ?? 0))
  }
  const changes = changesByVersion(polledTruth)
  return [...groupBy(polled, ({ account, integration }) => `${account} ${integration}`).values()].flatMap(
    (arrivals) => {
      const both = firstSights(changes, arrivals).flatMap(({ arrival, change }) => {
        const pushedLag = pushedLags.get(versionOf(arrival))
        return pushedLag === undefined ? [] : [{ polling: (arrival.at - change.at) / 1000, webhook: pushedLag }]
      })
      const [polling, webhook] = [spread(both.map((one) => one.polling)), spread(both.map((one) => one.webhook))]
      const { account, integration } = arrivals[0]!
      return polling === null || webhook === null
        ? []
        : [
            {
              account,
              integration,
              changes: both.length,
              polling: roundSpread(polling)!,
              webhook: roundSpread(webhook)!
            }
          ]
    }
  )
}

/** By account and entity type: how long the webhook path took over each change that it brought. */
export const freshnessByEntity = (lags: WebhookOutcome["lags"]): ReadonlyArray<EntityFreshness> =>
  [...groupBy(lags, ([{ account, entity }]) => `${account} ${entity}`)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, group]) => {
      const webhook = roundSpread(spread(group.map(([, seconds]) => seconds)))
      const { account, entity } = group[0]![0]
      return webhook === null ? [] : [{ account, entity, changes: group.length, webhook }]
    })

export interface Parity {
  readonly equal: boolean
  readonly differences: ReadonlyArray<ParityDifference>
  readonly onlyWebhook: number
}

/**
 * The webhook path holds every entity that the polling path holds, at the same or a newer version. An entity that is
 * older than the window and that no sweep lists any more (a ticket of last year) is the old path's to hand on.
 */
export const compareFinalStates = (
  arrivals: ReadonlyArray<Arrival>,
  final: ReadonlyArray<FinalState>,
  from: EpochMillis
): Parity => {
  const states = new Map(final.map((state) => [entityKey(state), state]))
  const differences: Array<ParityDifference> = []
  const polled = byEntity(arrivals)
  for (const [name, versions] of polled) {
    const newest = versions.reduce((best, version) => Math.max(best, version.updatedAt), 0)
    const state = states.get(name)
    if (state === undefined ? newest < from : state.deleted || (state.updatedAt ?? 0) >= newest) continue
    const { account, entity, id } = versions[0]!
    differences.push({
      account,
      entity,
      entityId: id,
      polling: new Date(newest).toISOString(),
      webhook: state?.updatedAt == null ? null : new Date(state.updatedAt).toISOString()
    })
  }
  return {
    equal: differences.length === 0,
    differences,
    onlyWebhook: final.filter((state) => !polled.has(entityKey(state)) || state.deleted).length
  }
}
