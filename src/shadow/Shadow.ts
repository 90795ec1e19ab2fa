/**
 * The live comparison while both run: of each entity version that a poller saw, whether the pushes brought it, which path
 * was first, and what only one of them saw. Says per poller whether cutting over is safe, and afterwards whether
 * something has broken. Pure.
 */
import { type Action, actionOf } from "../domain/Event.js"
import { getOrMake } from "../domain/Grouping.js"
import { spread } from "../domain/Quantiles.js"
import type { ShadowLine, ShadowSection } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"
import { eventFor, type Provider, type Route } from "../providers/index.js"
import type { ArrivedVersion, Cutover, LiveEvidence, PolledStream, PolledVersion } from "../store/index.js"
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
/** The resolution of the stamps. */
const wholeSecondMs = 1_000
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

type Outcome =
  | { readonly kind: "pushed"; readonly aheadMs: number | null }
  | { readonly kind: "notCovered" | "lost" | "unclear"; readonly recovered: boolean }

type Watches = LiveEvidence["watches"]

/** Whether a push was to be expected: an event covers the change, and where a rule was applied, it watches what changed. */
const isCovered = (
  { provider, route, source }: ShadowedAccount,
  entity: string,
  action: Action,
  changed: ReadonlyArray<string>,
  watches: Watches
): boolean => {
  // Only the stamp has moved: something beneath it changed, which has events of its own.
  if (action === "update" && changed.length === 0) return false
  const event = eventFor(provider, route, entity, action, changed)
  if (event === null) return false
  const watched = watches.get(`${source} ${event}`) ?? []
  return (
    action !== "update" ||
    watched.length === 0 ||
    changed.some((field) => watched.includes(field.replace(/^custom_fields\./, "")))
  )
}

/**
 * Two changes within one second have one stamp. A poll that saw the first of them only meets the second with whatever comes
 * next, under that one's stamp: the push of it came long before.
 */
const mayBeOfTheSecondBefore = (before: PolledVersion | undefined, arrivals: Arrivals): boolean =>
  before !== undefined &&
  arrivals
    .of(before.entity, before.entityId)
    .filter(({ origin, updatedAt }) => origin === "webhook" && updatedAt === before.updatedAt)
    .reduce((sum, { duplicates }) => sum + 1 + duplicates, 0) > 1

const outcomeOf = (
  version: PolledVersion,
  before: PolledVersion | undefined,
  arrivals: Arrivals,
  account: ShadowedAccount,
  watches: Watches
): Outcome => {
  const reached = arrivals
    .of(version.entity, version.entityId)
    .filter(({ updatedAt }) => updatedAt >= version.updatedAt)
  const pushes = reached.filter(({ origin }) => origin === "webhook")
  if (pushes.length > 0) {
    const same = pushes.filter(({ updatedAt }) => updatedAt === version.updatedAt)
    const first = same.reduce((least, { receivedAt }) => Math.min(least, receivedAt), Number.POSITIVE_INFINITY)
    return { kind: "pushed", aheadMs: same.length === 0 ? null : version.seenAt - first }
  }
  const recovered = reached.length > 0
  const changed = version.changed ?? reached.find(({ updatedAt }) => updatedAt === version.updatedAt)?.changed ?? null
  if (changed === null && !version.created) return { kind: "unclear", recovered }
  if (mayBeOfTheSecondBefore(before, arrivals)) return { kind: "unclear", recovered }
  const action: Action = version.created ? "create" : "update"
  const covered = isCovered(account, version.entity, action, changed ?? [], watches)
  return { kind: covered ? "lost" : "notCovered", recovered }
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
      why: `of ${seen} changes that a push could bring ${lost === 0 ? "none was lost" : `${lost} were lost and recovered`}: at most ${percent(lossAtMost)} are, with ${sure} confidence`
    }
  if (lowerLoss(lost, seen, confidence) > tolerated)
    return {
      lossAtMost,
      verdict: "notYet",
      watchSeconds: null,
      why: `pushes lose ${percent(lost / seen)} of the changes (${lost} of ${seen}), more than the ${percent(tolerated)} that are tolerated: reconciliation brings them late; find out where they get lost`
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
  watches: Watches
): Shadowed => {
  const account = settings.accounts.get(stream.account)
  const { endpoint, integration, query } = stream
  const to = Math.min(settings.now, stream.lastCallAt) - settings.settleMs
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
  if (account === undefined)
    return {
      ...nothing,
      why: `no source of the configuration is ${stream.account}: add it, so that it can be compared`
    }
  const firstPush = arrivals?.all.find(({ origin }) => origin === "webhook")
  if (arrivals === undefined || firstPush === undefined)
    return {
      ...nothing,
      why: `no delivery has arrived for ${account.source} yet: is the subscription applied, and the receiver reachable?`
    }
  // What changed earlier in that second may have been there before the subscription.
  const from = Math.max(stream.firstCallAt, firstPush.updatedAt + wholeSecondMs)
  const watched = versions.filter(({ updatedAt }) => updatedAt >= from && updatedAt <= to)
  const tally = { pushed: 0, notCovered: 0, lost: 0, unclear: 0, recovered: 0, gone: 0 }
  const ahead: Array<number> = []
  const examples: Array<Shadowed["examples"][number]> = []
  const before = new Map<PolledVersion, PolledVersion>()
  const latest = new Map<string, PolledVersion>()
  for (const version of [...versions].sort((a, b) => a.updatedAt - b.updatedAt)) {
    const known = latest.get(version.entityId)
    if (known !== undefined) before.set(version, known)
    latest.set(version.entityId, version)
  }
  for (const version of watched) {
    const outcome = outcomeOf(version, before.get(version), arrivals, account, watches)
    tally[outcome.kind] += 1
    if (outcome.kind === "pushed") {
      if (outcome.aheadMs !== null) ahead.push(outcome.aheadMs / 1000)
      continue
    }
    if (outcome.recovered) tally.recovered += 1
    else if (outcome.kind === "lost" && version.updatedAt <= settings.now - settings.settleMs - settings.reconcileMs)
      tally.gone += 1
    if (outcome.kind === "lost" && examples.length < mostExamples)
      examples.push({ entityId: version.entityId, updatedAt: iso(version.updatedAt) })
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

/** What has broken: a source whose pushes have fallen silent, or that misses what it should bring. */
const alarmsOf = (
  settings: ShadowSettings,
  arrivals: ReadonlyMap<string, Arrivals>,
  watches: Watches
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
          (one.event.endsWith("_create") || one.changed !== null) &&
          isCovered(account, entity, actionOf(one.event) as Action, one.changed ?? [], watches)
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
  const alarms = alarmsOf(settings, arrivals, evidence.watches)
  const pollers: Array<Shadowed> = []
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
        evidence.watches
      )
      const alarm = alarms.find((one) => one.source === found.source && one.entity === entity)
      pollers.push(
        alarm === undefined ? found : { ...found, verdict: "regression", why: alarm.message, watchSeconds: null }
      )
    }
  }
  return {
    at: iso(settings.now),
    confidence: settings.confidence,
    tolerated: settings.tolerated,
    pollers,
    alarms,
    safe: pollers.length > 0 && pollers.every(({ verdict }) => verdict === "safe" || verdict === "cutOver")
  }
}
