/**
 * The live comparison while both run: of each entity version that a poller saw, whether the pushes brought it, which path
 * was first, and what only one of them saw. Says per poller whether cutting over is safe, and afterwards whether
 * something has broken. Pure.
 */
import { getOrMake, groupBy } from "../domain/Grouping.js"
import { spread } from "../domain/Quantiles.js"
import type { ShadowLine, ShadowSection } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Provider } from "../providers/index.js"
import type { Cutover, LiveEvidence, PolledStream, PolledVersion } from "../store/index.js"
import { accountFor, type Outcome, type Watch, wholeSecondMs } from "./Accounting.js"
import { alarmsOf } from "./Alarms.js"
import { type Arrivals, arrivalsOf } from "./Arrivals.js"
import type { ShadowSettings } from "./Settings.js"
import { type Subscribed, subscribedOf, toldOf } from "./Subscribed.js"
import { judge, type Verdict } from "./Verdict.js"
import { iso, lasting } from "./Wording.js"

export interface Shadowed extends ShadowLine, Verdict {
  readonly account: string
  readonly source: string | null
  readonly query: string
  /** Of what no push brought: what reconciliation did. */
  readonly recovered: number
  /** Of which it cannot be said whether an event covers them, since the changed fields are not known. */
  readonly unclear: number
  readonly pushFirst: number
  /** Some of what was lost, to look at. */
  readonly examples: ReadonlyArray<{ readonly entityId: string; readonly updatedAt: string }>
}

export interface ShadowReport extends ShadowSection {
  readonly pollers: ReadonlyArray<Shadowed>
}

const mostExamples = 5

/** When dependants were pushed whose coming moves the stamp of this type, to the second. */
const dependantsPushed = (provider: Provider, entity: string, arrivals: Arrivals): ReadonlySet<number> => {
  const types = Object.values(provider.entities).flatMap(({ name, touches }) =>
    touches?.entity === entity ? [name] : []
  )
  return new Set(
    arrivals.all.flatMap((one) =>
      one.origin === "webhook" && types.includes(one.entity) ? [Math.floor(one.updatedAt / wholeSecondMs)] : []
    )
  )
}

/** The start of the last sweep before the one that saw something then. */
const sweptBefore = ({ clockAheadMs, sweptAt }: PolledStream, seenAt: EpochMillis): EpochMillis | null => {
  let [low, high] = [0, sweptAt.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sweptAt[middle]! <= seenAt) low = middle + 1
    else high = middle
  }
  const before = sweptAt[low - 2]
  return before === undefined ? null : before + clockAheadMs
}

const shadowOf = (
  stream: PolledStream,
  entity: string,
  versions: ReadonlyArray<PolledVersion>,
  arrivals: Arrivals | undefined,
  cutover: Cutover | undefined,
  settings: ShadowSettings,
  plan: Subscribed | null
): Shadowed => {
  const account = settings.accounts.get(stream.account)
  const { clockAheadMs, endpoint, integration, query } = stream
  const watchedTo = Math.min(settings.now, stream.lastCallAt)
  const to = watchedTo - settings.settleMs
  const about = { integration, account: stream.account, endpoint, query, entity, to: iso(Math.max(0, to)) }
  const nothing = {
    ...about,
    source: account?.source ?? null,
    from: null,
    changes: 0,
    pushed: 0,
    notCovered: 0,
    lost: 0,
    recovered: 0,
    unclear: 0,
    onlyPushed: 0,
    aheadSeconds: null,
    pushFirst: 0,
    lossAtMost: 1,
    verdict: "notYet",
    watchSeconds: null,
    examples: []
  } as const
  if (account === undefined || plan === null)
    return {
      ...nothing,
      why: `no source of the configuration is ${stream.account}: add it, so that it can be compared`
    }
  const ownPush = arrivals?.all.find((one) => one.origin === "webhook" && one.entity === entity)
  const firstPush = ownPush ?? arrivals?.all.find(({ origin }) => origin === "webhook")
  if (arrivals === undefined || firstPush === undefined)
    return {
      ...nothing,
      why: `no delivery has arrived for ${account.source} yet: is the subscription applied, and the receiver reachable?`
    }
  const told = toldOf(plan, entity)
  if (ownPush === undefined && told !== "subscribed")
    return {
      ...nothing,
      why:
        told === "nothing"
          ? `no event that tells of a ${entity} is subscribed to: this poller stays`
          : `no push of a ${entity} has arrived yet, and hookshift did not subscribe for ${account.source}: is one of its events subscribed to?`
    }
  // What changed earlier in that second may have been there before the subscription.
  const from = Math.max(stream.firstCallAt + clockAheadMs, firstPush.updatedAt + wholeSecondMs)
  // Of the two clocks, the program's says how long ago a sight was.
  const watched = versions.filter(({ seenAt, updatedAt }) => updatedAt >= from && seenAt <= to)
  if (from > to + clockAheadMs) {
    const watchSeconds = Math.ceil((from - clockAheadMs - to) / 1000)
    return {
      ...nothing,
      to: iso(watchedTo),
      watchSeconds,
      why: `both paths are watched since ${iso(from)}, and a delivery may take ${lasting(settings.settleMs / 1000)}: nothing can be judged before ${iso(from + settings.settleMs)}`
    }
  }
  const tally = { pushed: 0, notCovered: 0, lost: 0, unclear: 0, recovered: 0, gone: 0 }
  const ahead: Array<number> = []
  const examples: Array<Shadowed["examples"][number]> = []
  const byDependants = dependantsPushed(account.provider, entity, arrivals)
  const watch: Watch = {
    plan,
    from,
    settleMs: settings.settleMs,
    sweptBefore: (seenAt) => sweptBefore(stream, seenAt),
    dependantPushed: (_, updatedAt) => {
      const second = Math.floor(updatedAt / wholeSecondMs)
      return [second - 1, second, second + 1].some((at) => byDependants.has(at))
    }
  }
  const outcomes = new Map<PolledVersion, Outcome>()
  for (const [entityId, sights] of groupBy(versions, (one) => one.entityId)) {
    sights.sort((a, b) => a.updatedAt - b.updatedAt)
    for (const [version, outcome] of accountFor(sights, arrivals.of(entity, entityId), watch))
      outcomes.set(version, outcome)
  }
  for (const version of watched) {
    const outcome = outcomes.get(version)!
    tally[outcome.kind] += 1
    if (outcome.kind === "pushed") {
      if (outcome.aheadMs !== null) ahead.push(outcome.aheadMs / 1000)
      continue
    }
    if (outcome.reached === "reconciliation") tally.recovered += 1
    if (outcome.kind !== "lost") continue
    if (outcome.reached === null && version.updatedAt <= settings.now - settings.settleMs - settings.reconcileMs)
      tally.gone += 1
    if (examples.length < mostExamples) examples.push({ entityId: version.entityId, updatedAt: iso(version.updatedAt) })
  }
  const polled = new Set(versions.map(({ entityId, updatedAt }) => `${entityId} ${updatedAt}`))
  const onlyPushed = arrivals.all.filter(
    (one) =>
      one.entity === entity &&
      one.origin === "webhook" &&
      one.updatedAt >= from &&
      one.updatedAt <= to &&
      !polled.has(`${one.entityId} ${one.updatedAt}`)
  ).length
  const aheadBy = spread(ahead)
  const judged = judge({ ...tally, seconds: Math.max(1, (to - from) / 1000) }, settings)
  const { gone: _, ...counts } = tally
  return {
    ...about,
    ...counts,
    source: account.source,
    from: iso(from),
    changes: watched.length,
    onlyPushed,
    aheadSeconds: aheadBy === null ? null : { p50: aheadBy.p50, p95: aheadBy.p95 },
    pushFirst: ahead.filter((seconds) => seconds > 0).length,
    examples,
    ...judged,
    ...(cutover === undefined
      ? {}
      : { verdict: "cutOver", why: `switched off at ${iso(cutover.at)}; its pushes are watched`, watchSeconds: null })
  }
}

export const shadow = (evidence: LiveEvidence, settings: ShadowSettings): ShadowReport => {
  const arrivals = arrivalsOf(evidence.arrived)
  const byStream = new Map<string, Array<PolledVersion>>()
  for (const version of evidence.polled)
    getOrMake(byStream, `${version.stream} ${version.entity}`, () => []).push(version)
  const plans = new Map([...settings.accounts.values()].map((one) => [one.source, subscribedOf(one, evidence)]))
  const alarms = alarmsOf(settings, arrivals, plans)
  const pollers: Array<Shadowed> = []
  // Those that something was subscribed to for: the others stay.
  const moving: Array<Shadowed> = []
  for (const stream of evidence.streams) {
    // A detail call is judged with the list that it follows from.
    if (stream.intervalMs === null || /\{(?:id|uuid)\}$/.test(stream.endpoint)) continue
    const entities = [...byStream.keys()].flatMap((key) => {
      const [id, entity] = key.split(" ") as [string, string]
      return Number(id) === stream.id ? [entity] : []
    })
    for (const entity of entities) {
      const account = settings.accounts.get(stream.account)
      const cutover = evidence.cutovers.find(
        (one) =>
          one.endedAt === null &&
          one.integration === stream.integration &&
          one.endpoint === stream.endpoint &&
          one.query === stream.query &&
          one.entity === entity
      )
      const plan = account === undefined ? null : plans.get(account.source)!
      const found = shadowOf(
        stream,
        entity,
        byStream.get(`${stream.id} ${entity}`) ?? [],
        account === undefined ? undefined : arrivals.get(account.source),
        cutover,
        settings,
        plan
      )
      const alarm = alarms.find((one) => one.source === found.source && one.entity === entity)
      const line: Shadowed =
        alarm === undefined ? found : { ...found, verdict: "regression", why: alarm.message, watchSeconds: null }
      pollers.push(line)
      if (plan === null || toldOf(plan, entity) !== "nothing") moving.push(line)
    }
  }
  return {
    at: iso(settings.now),
    confidence: settings.confidence,
    tolerated: settings.tolerated,
    pollers,
    alarms,
    safe: moving.length > 0 && moving.every(({ verdict }) => verdict === "safe" || verdict === "cutOver")
  }
}
