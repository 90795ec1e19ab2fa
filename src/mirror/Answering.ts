/** A mirror without a server: its view of the state, its notes, and the operators' listener. */

import type { Intermediary, Target, Upstream } from "../capture/index.js"
import type { Provider } from "../providers/index.js"
import { type AdminListener, openStateFeed, startAdminListener } from "../receiver/index.js"
import { type MirrorNotes, openMirrorNotes } from "../store/index.js"
import { Cursors } from "./answers/Cursors.js"
import { Walks } from "./answers/Walks.js"
import { WholeReaders } from "./answers/WholeReaders.js"
import { Hydrating, type ProviderReading } from "./Hydrating.js"
import { feedInReplay, type Replayed, tellingOfPassing } from "./InReplay.js"
import type { Log } from "./Log.js"
import { Marks } from "./Marks.js"
import { makeMirror } from "./Mirror.js"
import { type Measured, mirrorMetrics, notAnswering } from "./MirrorMetrics.js"
import { type Ownership, ownState } from "./Ownership.js"
import { Principals } from "./Principals.js"
import { PushLog } from "./PushLog.js"
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
  readonly log: Log
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
  /** Whether no other mirror has the state, or may have it. */
  readonly ownsState: () => boolean
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
  const regained: Array<() => void> = []
  /** Counts that are not on the disk yet. */
  let unwritten: Parameters<MirrorNotes["write"]>[0] | null = null
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
  const owned =
    replayed === undefined
      ? owning(settings, state, closeFiles, () => {
          marks.takeStored(notes.marks())
          cursors.replace(notes.cursors())
          sights.forget()
          for (const forget of regained) forget()
          if (unwritten !== null) unwritten = { ...unwritten, cursors: [] }
        })
      : null
  const tallies = new Tallies(replayed?.onCount)
  const cursors = new Cursors(notes.cursors())
  const hydrating = new Hydrating(
    state,
    new Map(settings.sources.map(({ name, reading }) => [name, reading])),
    (source, error) =>
      log("warning", `entities that a push told in part could not be read: ${(error as Error).message}`, { source }),
    now,
    (source) => tallies.countOwn(source, now())
  )
  const callers = new CallerNotes(() => sights.standings())
  const marks = new Marks(notes, state, notes.marks(), (error) =>
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
    onRegained: (forget) => void regained.push(forget),
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
  const pushes = new PushLog(log)
  // In a replay nothing happens between its steps: each request looks for itself, and the end writes.
  const timers =
    replayed === undefined
      ? [setInterval(() => follow(state, pushes, log), followEveryMs), setInterval(write, writeEveryMs)]
      : []
  return {
    intermediary: replayed === undefined ? intermediary : tellingOfPassing(intermediary, replayed),
    upstreams: settings.sources.map(({ baseUrl, path }) => ({ host: null, path, url: new URL(baseUrl) })),
    adminUrl: admin?.url ?? null,
    load: () => state.load(now()),
    receiverRuns: () => state.hasReceiver(now()),
    ownsState: () => state.isOwner(),
    close: () => {
      for (const timer of timers) clearInterval(timer)
      admin?.close()
      write()
      closeAll()
    }
  }
}

const owning = (
  { db, log }: AnsweringSettings,
  state: State,
  closeFiles: () => void,
  onRegained: () => void
): Ownership => {
  try {
    const owned = ownState(db, {
      onLost: (reason) => log("error", `all requests go through: ${reason}`, {}),
      onRegained: () => {
        onRegained()
        log("info", "the other mirror has ended: requests are answered from the state again", {})
      }
    })
    state.isOwner = owned.isValid
    return owned
  } catch (error) {
    closeFiles()
    throw error
  }
}

const follow = (state: State, pushes: PushLog, log: Log): void => {
  try {
    state.follow(Date.now())
    if (state.loadedAt === null) return
    pushes.tell(state, Date.now())
  } catch (error) {
    log("warning", `the state could not be read: ${(error as Error).message}`, {})
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
