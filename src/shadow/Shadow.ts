/**
 * The live comparison while both run: of each entity version that a poller saw, whether the pushes brought it, which path
 * was first, and what only one of them saw. Says per poller whether cutting over is safe, and afterwards whether
 * something has broken. Pure.
 */
import { type Action, actionOf, entityOf } from "../domain/Event.js"
import { getOrMake, groupBy } from "../domain/Grouping.js"
import { spread } from "../domain/Quantiles.js"
import type { ShadowLine, ShadowSection } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"
import { type PlannedEvents, type Provider, plannedFor, pushOf, type Route, tellsOf } from "../providers/index.js"
import type { ArrivedVersion, Cutover, LiveEvidence, PolledStream, PolledVersion } from "../store/index.js"
import { accountFor, type Outcome, type Watch, wholeSecondMs } from "./Accounting.js"
import { changesNeeded, lowerLoss, upperLoss } from "./LossBound.js"
import { silenceOf } from "./Silence.js"

export interface ShadowedAccount {
  readonly source: string
  readonly provider: Provider
  readonly route: Route
}

export interface ShadowSettings {
  readonly now: EpochMillis
  /** By the account's host name, as recordings know it. */
  readonly accounts: ReadonlyMap<string, ShadowedAccount>
  /** How sure a verdict has to be: 0.95. */
  readonly confidence: number
  /** The share of changes that pushes may lose, for reconciliation to bring: 0.01. */
  readonly tolerated: number
  /** How long a delivery may take, retries included, before a change counts as not pushed. */
  readonly settleMs: number
  /** How long until reconciliation must have brought a change that pushes lost. */
  readonly reconcileMs: number
}

export interface Shadowed extends ShadowLine {
  readonly account: string
  readonly source: string | null
  readonly query: string
  /** Of what no push brought: what reconciliation did. */
  readonly recovered: number
  /** Of which nobody can say whether an event covers them, since what changed is not known. */
  readonly unclear: number
  readonly pushFirst: number
  readonly lossAtMost: number
  /** How much longer to watch for the confidence asked, at the rate so far; `null` where time alone does not help. */
  readonly watchSeconds: number | null
  /** Some of what was lost, to look at. */
  readonly examples: ReadonlyArray<{ readonly entityId: string; readonly updatedAt: string }>
}

export interface ShadowReport extends ShadowSection {
  readonly pollers: ReadonlyArray<Shadowed>
}

const iso = (at: EpochMillis): string => new Date(at).toISOString()
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.001 ? 2 : 1)} %`
const mostExamples = 5
/** Covered changes in a row that no push brought: chance does not do that. */
const inARow = 3

/** A day, an hour or some minutes, for sentences. */
const lasting = (seconds: number): string =>
  seconds >= 172_800
    ? `${Math.round(seconds / 86_400)} days`
    : seconds >= 7_200
      ? `${Math.round(seconds / 3_600)} hours`
      : `${Math.max(1, Math.round(seconds / 60))} min`

interface Arrivals {
  /** By entity type and id. */
  readonly of: (entity: string, entityId: string) => ReadonlyArray<ArrivedVersion>
  readonly all: ReadonlyArray<ArrivedVersion>
}

const arrivalsOf = (arrived: ReadonlyArray<ArrivedVersion>): ReadonlyMap<string, Arrivals> => {
  const bySource = new Map<string, Array<ArrivedVersion>>()
  for (const one of arrived) getOrMake(bySource, one.source, () => []).push(one)
  return new Map(
    [...bySource].map(([source, all]) => {
      const byEntity = new Map<string, Array<ArrivedVersion>>()
      for (const one of all) getOrMake(byEntity, `${one.entity}\0${one.entityId}`, () => []).push(one)
      return [source, { all, of: (entity, entityId) => byEntity.get(`${entity}\0${entityId}`) ?? [] }]
    })
  )
}

interface Subscribed extends PlannedEvents {
  /** Subscribed to by hookshift: what is not among them does not come. */
  readonly known: boolean
}

/** The events that a source has: those that were subscribed to, or all of its route where none were by hookshift. */
const planOf = ({ provider, route, source }: ShadowedAccount, evidence: LiveEvidence): Subscribed => {
  const all = plannedFor(provider, route, Object.keys(provider.entities))
  const subscribed = evidence.subscribed.get(source)
  const events = subscribed === undefined ? all.events : new Set(subscribed)
  const watches = new Map(
    [...events].flatMap((event) => {
      const fields = evidence.watches.get(`${source} ${event}`)
      return fields === undefined ? [] : [[event, fields] as const]
    })
  )
  return { ...all, events, watches, known: subscribed !== undefined }
}

/** Whether something was subscribed to that tells of this type, by itself or by a dependant that moves its stamp. */
const toldOf = ({ events, known, provider }: Subscribed, entity: string): "subscribed" | "nothing" | "unknown" => {
  if (!known) return "unknown"
  const tells = (event: string) => {
    const of = entityOf(event)
    return of === entity || provider.entities[of]?.touches?.entity === entity
  }
  return [...events].some(tells) ? "subscribed" : "nothing"
}

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

const judge = (
  counts: { readonly pushed: number; readonly lost: number; readonly gone: number; readonly seconds: number },
  settings: ShadowSettings
): Pick<Shadowed, "lossAtMost" | "verdict" | "why" | "watchSeconds"> => {
  const { confidence, tolerated } = settings
  const { gone, lost, pushed, seconds } = counts
  const seen = pushed + lost
  const lossAtMost = upperLoss(lost, seen, confidence)
  const sure = percent(confidence)
  if (gone > 0)
    return {
      lossAtMost,
      verdict: "notYet",
      watchSeconds: null,
      why: `${gone} ${gone === 1 ? "change" : "changes"} reached polling only, and reconciliation has not brought ${gone === 1 ? "it" : "them"} either: look at the subscriptions, and whether reconciliation runs`
    }
  if (seen === 0)
    return { lossAtMost, verdict: "notYet", watchSeconds: null, why: "no change was seen yet that a push could bring" }
  if (lossAtMost <= tolerated)
    return {
      lossAtMost,
      verdict: "safe",
      watchSeconds: 0,
      why: `of ${seen} changes that a push could bring ${lost === 0 ? "none was lost" : `${lost} were lost and came later`}: at most ${percent(lossAtMost)} are, with ${sure} confidence`
    }
  if (lowerLoss(lost, seen, confidence) > tolerated)
    return {
      lossAtMost,
      verdict: "notYet",
      watchSeconds: null,
      why: `pushes lose ${percent(lost / seen)} of the changes (${lost} of ${seen}), more than the ${percent(tolerated)} that are tolerated: reconciliation or the next push brings them late; find out where they get lost`
    }
  const needed = changesNeeded(lost, tolerated, confidence)
  const watchSeconds = Math.ceil(((needed - seen) * seconds) / seen)
  return {
    lossAtMost,
    verdict: "notYet",
    watchSeconds,
    why: `${lost} of ${seen} changes were lost so far: ${needed} without a further loss are needed for ${sure} confidence, some ${lasting(watchSeconds)} more at this rate`
  }
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

/** Whether an event of its own was to come for what reconciliation brought. */
const isTold = (plan: PlannedEvents, { changed, entity, event }: ArrivedVersion): boolean => {
  const push = pushOf(plan, { entity, action: actionOf(event) as Action, changed })
  return push.kind === "pushed" && tellsOf(push.event, entity)
}

/** What has broken: a source whose pushes have fallen silent, or that misses what it should bring. */
const alarmsOf = (
  settings: ShadowSettings,
  arrivals: ReadonlyMap<string, Arrivals>,
  plans: ReadonlyMap<string, PlannedEvents>
): ShadowReport["alarms"] => {
  const alarms: Array<ShadowReport["alarms"][number]> = []
  for (const account of settings.accounts.values()) {
    const { source } = account
    const all = arrivals.get(source)?.all ?? []
    const byEntity = new Map<string, Array<ArrivedVersion>>()
    for (const one of all) getOrMake(byEntity, one.entity, () => []).push(one)
    for (const [entity, ofEntity] of byEntity) {
      const pushes = ofEntity.filter(({ origin }) => origin === "webhook")
      if (pushes.length === 0) continue
      const lastPush = pushes.reduce((latest, { updatedAt }) => Math.max(latest, updatedAt), 0)
      // What came since by other ways although an event covers it; the pushes had their time to come.
      const missed = ofEntity.filter(
        (one) =>
          one.origin === "reconciliation" &&
          one.updatedAt > lastPush &&
          one.updatedAt <= settings.now - settings.settleMs &&
          isTold(plans.get(account.source)!, one)
      )
      const back =
        "switch polling back on (hookshift cutover --undo), and look at the subscription: hookshift subscriptions status"
      if (missed.length >= inARow) {
        alarms.push({
          source,
          entity,
          message: `the last push of a ${entity} was for a change at ${iso(lastPush)}; since then reconciliation has brought ${missed.length} changes that an event covers: ${back}`
        })
        continue
      }
      const moments = pushes.map(({ receivedAt }) => receivedAt)
      const silence = silenceOf(moments, moments[0]!, settings.now)
      if (silence.alarm)
        alarms.push({
          source,
          entity,
          message: `no push of a ${entity} for ${lasting(silence.silentMs / 1000)}, in which some ${Math.round(silence.expected)} were to be expected at these hours: ${back}`
        })
    }
  }
  return alarms
}

export const shadow = (evidence: LiveEvidence, settings: ShadowSettings): ShadowReport => {
  const arrivals = arrivalsOf(evidence.arrived)
  const byStream = new Map<string, Array<PolledVersion>>()
  for (const version of evidence.polled)
    getOrMake(byStream, `${version.stream} ${version.entity}`, () => []).push(version)
  const plans = new Map([...settings.accounts.values()].map((one) => [one.source, planOf(one, evidence)]))
  const alarms = alarmsOf(settings, arrivals, plans)
  const pollers: Array<Shadowed> = []
  // Those of which nothing is subscribed to are not to be cut over.
  const staying = new Set<number>()
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
      const found = shadowOf(
        stream,
        entity,
        byStream.get(`${stream.id} ${entity}`) ?? [],
        account === undefined ? undefined : arrivals.get(account.source),
        cutover,
        settings,
        account === undefined ? null : plans.get(account.source)!
      )
      if (account !== undefined && toldOf(plans.get(account.source)!, entity) === "nothing") staying.add(pollers.length)
      const alarm = alarms.find((one) => one.source === found.source && one.entity === entity)
      pollers.push(
        alarm === undefined ? found : { ...found, verdict: "regression", why: alarm.message, watchSeconds: null }
      )
    }
  }
  const moving = pollers.filter((_, at) => !staying.has(at))
  return {
    at: iso(settings.now),
    confidence: settings.confidence,
    tolerated: settings.tolerated,
    pollers,
    alarms,
    safe: moving.length > 0 && moving.every(({ verdict }) => verdict === "safe" || verdict === "cutOver")
  }
}
