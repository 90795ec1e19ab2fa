/** The programs' calls and changes seen through the mirror, beside the changes that they saw by polling. Pure. */
import { groupBy, mostFirst } from "../../domain/Grouping.js"
import { type Spread, spread } from "../../domain/Quantiles.js"
import type { MirroredIntegration, MirrorOutcome, SeenLater } from "../../domain/ThroughMirror.js"
import type { MirroredDay } from "./MirroredReplay.js"
import type { MirroredRequest } from "./MirrorPath.js"
import { changesByVersion, entityKey, firstSights, judgePolling, type PolledArrival, roundSpread } from "./PathDiff.js"
import type { TrueChange } from "./ProviderPort.js"

export interface MirrorJudged {
  readonly days: ReadonlyArray<MirroredDay>
  /** Changes that the replaced pollers are about. */
  readonly truth: ReadonlyArray<TrueChange>
  /** Whether an event of the routes tells of a change. */
  readonly covered: (change: TrueChange) => boolean
  /** The changes that all integrations saw, of all entity types. */
  readonly polled: ReadonlyArray<PolledArrival>
  readonly mirrored: ReadonlyArray<PolledArrival>
  /** Whether what an integration saw counts beside the polling path's figures. */
  readonly compared: (arrival: PolledArrival) => boolean
}

export const mirrorOutcome = (judged: MirrorJudged): MirrorOutcome => {
  const { compared, days, mirrored, truth } = judged
  const requests = days.flatMap(({ account, requests: all }) => all.map((request) => ({ account, ...request })))
  const total = (of: (day: MirroredDay) => number): number => days.reduce((sum, day) => sum + of(day), 0)
  const calls = total((day) => day.calls)
  const passed = reasonsOf(requests)
  const counted = {
    reads: total(({ ownReads }) => ownReads),
    reconciliation: total(({ tally }) => tally.reconciliation),
    hydration: total(({ tally }) => tally.hydration),
    retries: total(({ tally }) => tally.retries)
  }
  const known = [...Object.values(passed), ...Object.values(counted)].reduce((sum, one) => sum + one, 0)
  return {
    calls,
    callsBreakdown: { passed, ...counted, other: calls - known },
    requests: requests.length,
    hits: requests.filter(isHit).length,
    ...judgePolling(truth, mirrored.filter(compared)),
    byIntegration: integrationsOf(judged, requests)
  }
}

type Asked = MirroredRequest & { readonly account: string }

/** One call answers the same request of the same caller on its way. */
const isHit = ({ reason }: MirroredRequest): boolean => reason === null

const reasonsOf = (requests: ReadonlyArray<Asked>): Readonly<Record<string, number>> => {
  const counts = new Map<string, number>()
  for (const { reason } of requests) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return Object.fromEntries(mostFirst(counts))
}

const integrationsOf = (
  { covered, days, mirrored, polled }: MirrorJudged,
  requests: ReadonlyArray<Asked>
): ReadonlyArray<MirroredIntegration> => {
  const nameOf = ({ account, integration }: { readonly account: string; readonly integration: string }) =>
    JSON.stringify([account, integration])
  const [asked, before, after] = [groupBy(requests, nameOf), groupBy(polled, nameOf), groupBy(mirrored, nameOf)]
  const truth = days.flatMap((day) => day.truth)
  const changes = changesByVersion(truth)
  const deleted = new Set(truth.filter(({ action }) => action === "delete").map(entityKey))
  return [...new Set([...before.keys(), ...asked.keys()])].sort().map((name) => {
    const [account, integration] = JSON.parse(name) as [string, string]
    const mine = asked.get(name) ?? []
    const passed = reasonsOf(mine)
    return {
      account,
      integration,
      requests: mine.length,
      hits: mine.filter(isHit).length,
      passed,
      ...seenOf(before.get(name) ?? [], after.get(name) ?? [], { changes, covered, deleted })
    }
  })
}

interface Truth {
  readonly changes: ReadonlyMap<string, TrueChange>
  readonly covered: (change: TrueChange) => boolean
  /** Entities that are gone at the end: what became of them before that is shown no more. */
  readonly deleted: ReadonlySet<string>
}

/** Over the versions that an integration saw by polling: when it saw each, or a newer one, on both paths. */
const seenOf = (
  polled: ReadonlyArray<PolledArrival>,
  mirrored: ReadonlyArray<PolledArrival>,
  { changes, covered, deleted }: Truth
): Pick<MirroredIntegration, "pushed" | "others" | "unseen"> => {
  const byEntity = groupBy(mirrored, entityKey)
  const lags = { pushed: [] as Array<readonly [number, number]>, others: [] as Array<readonly [number, number]> }
  let unseen = 0
  for (const { arrival, change } of firstSights(changes, polled)) {
    const later = (byEntity.get(entityKey(arrival)) ?? [])
      .filter(({ updatedAt }) => updatedAt >= arrival.updatedAt)
      .map(({ at }) => at)
    if (later.length === 0) {
      if (!deleted.has(entityKey(arrival))) unseen += 1
    } else
      lags[covered(change) ? "pushed" : "others"].push([
        (arrival.at - change.at) / 1_000,
        (Math.min(...later) - change.at) / 1_000
      ])
  }
  return { pushed: seenLater(lags.pushed), others: seenLater(lags.others), unseen }
}

const seenLater = (lags: ReadonlyArray<readonly [polling: number, mirror: number]>): SeenLater | null => {
  if (lags.length === 0) return null
  const of = (at: 0 | 1): Spread => roundSpread(spread(lags.map((one) => one[at])))!
  return { changes: lags.length, polling: of(0), mirror: of(1) }
}
