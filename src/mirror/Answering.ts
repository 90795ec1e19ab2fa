/** A mirror without a server: its view of the state, its notes, and the operators' listener. */

import type { Intermediary, Target, Upstream } from "../capture/index.js"
import { withArticle } from "../domain/Figures.js"
import type { Provider } from "../providers/index.js"
import { type AdminListener, openStateFeed, startAdminListener } from "../receiver/index.js"
import { type MirrorNotes, openMirrorNotes } from "../store/index.js"
import { Cursors } from "./answers/Cursors.js"
import { Walks } from "./answers/Walks.js"
import { WholeReaders } from "./answers/WholeReaders.js"
import { Hydrating, type ProviderReading } from "./Hydrating.js"
import { feedInReplay, type Replayed, tellingOfPassing } from "./InReplay.js"
import { Marks } from "./Marks.js"
import { makeMirror } from "./Mirror.js"
import { type Measured, mirrorMetrics, notAnswering } from "./MirrorMetrics.js"
import { type Ownership, ownState } from "./Ownership.js"
import { Principals } from "./Principals.js"
import { CallerNotes } from "./sight/CallerNotes.js"
import { sightsLogging } from "./sight/SightLog.js"
import { Sights } from "./sight/Sights.js"
import { Bodies } from "./state/Bodies.js"
import { Embeds } from "./state/Embeds.js"
import { State } from "./state/State.js"
import { Tallies } from "./Tallies.js"

export interface MirrorSource {
  readonly name: string
  readonly provider: Provider
  readonly baseUrl: string
  /** Path under which it is served, such as `/freshdesk`; `null` at the root. */
  readonly path: string | null
  /** Keys and tokens of those who may see everything. In memory only. */
  readonly seesAll: ReadonlySet<string>
  readonly reading: ProviderReading
}

export interface AnsweringSettings {
  readonly db: string
  readonly inboxKey: Parameters<typeof openStateFeed>[1]
  readonly sources: ReadonlyArray<MirrorSource>
  readonly admin: { readonly host: string; readonly port: number; readonly optional: boolean } | null
  readonly dark: boolean
  /** Share of answers that are compared with the provider's, 0 to 1. */
  readonly verify: number
  /** How long a credential counts once it has passed at the provider; a revoked one stops within it. */
  readonly recheckMs: number
  /** Sources whose further callers may be shown to see everything, by sampling. */
  readonly sampledPrincipals: ReadonlySet<string>
  /** Integrations that compare all of a newest-first page with what they know. */
  readonly wholePages: ReadonlySet<string>
  /** In a replay only. */
  readonly replayed?: Replayed
  readonly log: (level: "info" | "warning" | "error", message: string, about: Readonly<Record<string, string>>) => void
}

export interface Answering {
  readonly intermediary: Intermediary
  /** The upstreams of a forwarder of these sources. */
  readonly upstreams: ReadonlyArray<Upstream>
  readonly adminUrl: string | null
  /** Resolves once the state has been read; requests pass through until then. */
  readonly load: () => Promise<void>
  /** Whether a receiver keeps the state current; without one all requests pass through. */
  readonly receiverRuns: () => boolean
  /** No request may be under way. */
  readonly close: () => void
}

const followEveryMs = 250
const writeEveryMs = 2_000
/** Characters of bodies that are kept in memory. */
const mostBodies = 256 * 1024 * 1024

/** Throws a `StoreError`, and the error of an operators' address that cannot be listened on. */
export const openAnswering = async (settings: AnsweringSettings): Promise<Answering> => {
  const { replayed } = settings
  const now = replayed?.now ?? ((): number => Date.now())
  const { log } = settings
  const opened = openStateFeed(settings.db, settings.inboxKey)
  const feed = replayed === undefined ? opened : feedInReplay(opened, replayed)
  const notes = openMirrorNotes(settings.db)
  const closeFiles = (): void => {
    feed.close()
    notes.close()
  }
  const state = new State(feed, settings.sources)
  // A mirror that ends meanwhile writes its last marks before it lets go.
  const owned = replayed === undefined ? owning(settings, state, closeFiles) : null
  const stored = notes.marks()
  for (const { at, entity, entityId, source } of stored) state.of(source, entity)?.mark(entityId, { at, stamp: null })
  const tallies = new Tallies(replayed?.onCount)
  const cursors = new Cursors(notes.cursors())
  const hydrating = new Hydrating(
    state,
    new Map(settings.sources.map(({ name, reading }) => [name, reading])),
    (source, error) =>
      log("warning", `entities that a push told in part could not be read: ${(error as Error).message}`, { source }),
    now
  )
  const callers = new CallerNotes(() => sights.standings())
  const marks = new Marks(notes, state, stored, (error) =>
    log(
      "warning",
      `what a restart of the mirror has to read again could not be noted yet: ${(error as Error).message}`,
      {}
    )
  )
  state.onUntold = (...untold) => marks.noteUntold(...untold)
  const byUrl = new Map(settings.sources.map((source) => [new URL(source.baseUrl).href, source]))
  const bodies = new Bodies(feed, mostBodies)
  const embeds = new Embeds(state, bodies)
  const sights = new Sights({
    state,
    bodies,
    embeds,
    sources: settings.sampledPrincipals,
    windowMs: settings.recheckMs,
    now,
    onChange: sightsLogging(log)
  })
  const intermediary = makeMirror({
    state,
    bodies,
    embeds,
    sights,
    walks: new Walks(),
    cursors,
    readsWholePages: (integration) => settings.wholePages.has(integration),
    wholeReaders: new WholeReaders(),
    principals: new Principals(
      feed.fingerprintKey(),
      new Map(settings.sources.map(({ name, seesAll }) => [name, seesAll])),
      settings.recheckMs
    ),
    hydrating,
    tallies,
    integrationOf: replayed?.integrationOf,
    marking: { state, note: (...mark) => marks.noteWrite(...mark) },
    sourceOf: ({ upstream }: Target) => byUrl.get(upstream.url.href) ?? null,
    dark: settings.dark,
    verify: settings.verify,
    now,
    random: Math.random,
    onWrong: (tallied, outcome) =>
      log(
        "warning",
        `an answer from the state was wrong (${outcome}): its entity type goes through until the next whole sweep`,
        { ...tallied }
      ),
    onFailure: (source, error) =>
      log("error", `a request or its answer could not be taken up, and went through: ${(error as Error).message}`, {
        source
      })
  })
  const closeAll = (): void => {
    owned?.release()
    closeFiles()
  }
  const admin = await adminOf(settings, { state, tallies, hydrating, sights, now }).catch((error: unknown) => {
    closeAll()
    throw error
  })
  const versionAt = (poller: string, position: number): number => versionOf(state, poller, position)
  /** Counts that are not on the disk yet. */
  let unwritten: Parameters<MirrorNotes["write"]>[0] | null = null
  const write = (): void => {
    // Another mirror writes there now.
    if (!state.isOwner()) return
    try {
      marks.catchUp()
      if (unwritten !== null) notes.write(unwritten)
      unwritten = {
        ...tallies.take(),
        cursors: cursors.takeChanged(versionAt, now()),
        unmarked: marks.takeRead(),
        callers: callers.take(now())
      }
      notes.write(unwritten)
      unwritten = null
    } catch (error) {
      log("warning", `the mirror's notes could not be written yet: ${(error as Error).message}`, {})
    }
  }
  const told = { unpushed: new Set<string>(), alarms: new Set<string>() }
  // In a replay nothing happens between its steps: each request looks for itself, and the end writes.
  const timers =
    replayed === undefined
      ? [setInterval(() => follow(state, told, log), followEveryMs), setInterval(write, writeEveryMs)]
      : []
  return {
    intermediary: replayed === undefined ? intermediary : tellingOfPassing(intermediary, replayed),
    upstreams: settings.sources.map(({ baseUrl, path }) => ({ host: null, path, url: new URL(baseUrl) })),
    adminUrl: admin?.url ?? null,
    load: () => state.load(now()),
    receiverRuns: () => state.hasReceiver(now()),
    close: () => {
      for (const timer of timers) clearInterval(timer)
      admin?.close()
      write()
      closeAll()
    }
  }
}

/** Warnings on pushes that the log has. */
interface Told {
  /** Types of which no push tells of some changes. */
  readonly unpushed: Set<string>
  /** Types of which pushes do not come that should. */
  readonly alarms: Set<string>
}

const owning = ({ db, log }: AnsweringSettings, state: State, closeFiles: () => void): Ownership => {
  try {
    const owned = ownState(db, (reason) => log("error", `all requests go through: ${reason}`, {}))
    state.isOwner = owned.isValid
    return owned
  } catch (error) {
    closeFiles()
    throw error
  }
}

const follow = (state: State, told: Told, log: AnsweringSettings["log"]): void => {
  try {
    state.follow(Date.now())
    if (state.loadedAt === null) return
    tellOfPushes(state, told.unpushed, log)
    tellOfAlarms(state, told.alarms, log)
  } catch (error) {
    log("warning", `the state could not be read: ${(error as Error).message}`, {})
  }
}

/** Says once of each type that is reconciled which of its changes no push tells of. */
const tellOfPushes = (state: State, told: Set<string>, log: AnsweringSettings["log"]): void => {
  for (const { asOf, entity, source } of state.watermarks(Date.now())) {
    const { dependants, updates } = state.pushesOf(source, entity, Date.now())
    if (asOf === "never-swept" || (dependants && updates) || told.has(`${source} ${entity}`)) continue
    told.add(`${source} ${entity}`)
    log(
      "warning",
      updates
        ? `no subscribed event tells of what is written beneath ${withArticle(entity)} (replies, notes): these changes show at the next sweep`
        : `no push tells of changes: requests go through until its events are subscribed (hookshift subscriptions apply --events ${entity}_create,${entity}_update)`,
      { source, entity }
    )
  }
}

/** One line when pushes are taken for lost, and one when they are trusted again. */
const tellOfAlarms = (state: State, told: Told["alarms"], log: AnsweringSettings["log"]): void => {
  for (const { entity, source } of state.watermarks(Date.now())) {
    const key = `${source} ${entity}`
    const alarm = state.alarms.of(source, entity)
    if ((alarm !== null) === told.has(key)) continue
    if (alarm === null) {
      told.delete(key)
      log("info", "pushes are trusted again: they come, or a sweep has found that none is missing", { source, entity })
    } else {
      told.add(key)
      log("warning", `${alarm.why}; requests go through meanwhile`, { source, entity, reason: alarm.reason })
    }
  }
}

const versionOf = (state: State, poller: string, position: number): number => {
  const [source = "", entity = ""] = poller.split("\t")
  return state.of(source, entity)?.arrivals.versionBefore(position) ?? 0
}

const adminOf = async ({ admin, log }: AnsweringSettings, measured: Measured): Promise<AdminListener | null> => {
  if (admin === null) return null
  const metrics = mirrorMetrics(measured)
  const readiness = { reasons: () => notAnswering(measured.state, measured.now()) }
  try {
    return await startAdminListener({ metrics, readiness, host: admin.host, port: admin.port })
  } catch (error) {
    if (!admin.optional) throw error
    log("warning", `the admin listener's port ${admin.port} is taken: the mirror runs without one`, {})
    return null
  }
}
