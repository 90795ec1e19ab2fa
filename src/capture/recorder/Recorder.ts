/**
 * The recorder: what every hook reports to. The program's thread compares bodies and puts records into shared memory; a
 * worker thread parses, hashes, redacts and writes (bench/: recorder). It never delays or changes a call: what it cannot
 * keep, for want of memory or disk, it drops and counts.
 */
import { basename, resolve } from "node:path"
import { requireSupportedNode } from "../../domain/SupportedNode.js"
import type { Observation, RecorderKind, ThreadData } from "../Observation.js"
import { onExit } from "../program/exit.js"
import { programName } from "../program/ProgramName.js"
import { readCaptureSettings } from "../settings/CaptureSettings.js"
import { anyRecordedOn } from "../settings/RecordedHosts.js"
import { writeObservation } from "../spool/ObservationCodec.js"
import { cell, cellsOf, makeArena, makeArenaWriter } from "../spool/SharedArena.js"
import { type CallObserver, CallRecorder, type CallRecorderHost, type CallStart } from "./CallRecorder.js"
import { makeRecorderThread, type RecorderThread } from "./RecorderThread.js"
import { RequestCache } from "./RequestCache.js"
import { countUnrecordedHosts } from "./UnrecordedHosts.js"

export type { CallObserver, CallStart } from "./CallRecorder.js"

export interface RecorderOptions {
  /** The database file; default `HOOKSHIFT_DB`, else `hookshift.db`. */
  readonly db?: string
  /** The program's name in reports; default `HOOKSHIFT_INTEGRATION`, the configuration's, else package name and script. */
  readonly integration?: string
  /** Hosts to record besides the providers' own; default `HOOKSHIFT_HOSTS` (comma-separated) and the configuration's. */
  readonly hosts?: ReadonlyArray<string>
  /** Keeps bodies too, redacted by field name and pattern; default `HOOKSHIFT_KEEP_BODIES`, else the configuration's, else no. */
  readonly keepBodies?: boolean
  /** Salts a new database's fingerprints reproducibly; for tests and the demo. */
  readonly salt?: string
  /** What stamps calls, in milliseconds since 1970; the machine's clock unless a replay has one of its own. */
  readonly now?: () => number
}

export interface RecorderStats {
  readonly calls: number
  readonly written: number
  readonly lost: number
}

export interface Recorder {
  /** `null` when the host is not recorded. */
  readonly begin: (call: CallStart) => CallObserver | null
  readonly records: (url: URL) => boolean
  /** As `records`, for `example.org` or `example.org:8080`; remembers its answers. */
  readonly recordsHost: (host: string) => boolean
  /** Counts a call to a host that is not recorded; nothing else of the call is kept. */
  readonly passBy: (host: string) => void
  readonly keepsBodies: boolean
  readonly stats: () => RecorderStats
  /** Resolves once all completed calls are written, or kept back because they cannot be. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
  /** For a process that is about to end: blocks until what completed is on disk; gives up once nothing gets done for fifteen seconds. */
  readonly closeNow: () => void
}

/** What the threads of one process share of a recorder. */
export interface SharedRecorder {
  readonly arena: SharedArrayBuffer
  readonly hosts: ReadonlyArray<string>
  readonly keepBodies: boolean
  /** Hosts of providers that a file describes; their subdomains belong to them. */
  readonly describedHosts: ReadonlyArray<string>
}

/** A response whose body the program leaves unread is recorded without it after this long. */
const unreadAfterMs = 60_000

/** A recorder with a thread and a database of its own. The thread starts with the first call. Throws an `UnsupportedNode` on a Node that is too old. */
export const openRecorder = (options: RecorderOptions = {}): Recorder => openSharedRecorder(options).recorder

/** The same, with what the process's other threads need to join it. */
export const openSharedRecorder = (
  options: RecorderOptions,
  kind: RecorderKind = "client"
): { readonly recorder: Recorder; readonly shared: SharedRecorder; readonly thread: RecorderThread } => {
  requireSupportedNode()
  const settings = readCaptureSettings(process.env)
  const arena = makeArena()
  const data: ThreadData = {
    file: resolve(options.db ?? process.env["HOOKSHIFT_DB"] ?? "hookshift.db"),
    // What a proxy passes on comes from many programs: their User-Agents tell.
    integration: options.integration ?? settings.integration ?? (kind === "client" ? programName() : null),
    program: basename(process.argv[1] ?? "node"),
    kind,
    pid: process.pid,
    startedAt: Math.floor(options.now?.() ?? Date.now()),
    salt: options.salt ?? process.env["HOOKSHIFT_SALT"] ?? null,
    hosts: options.hosts ?? settings.hosts,
    keepBodies: options.keepBodies ?? settings.keepBodies,
    providers: settings.providers,
    arena
  }
  const thread = makeRecorderThread(data, () => recorder.letGo())
  const shared = { arena, hosts: data.hosts, keepBodies: data.keepBodies, describedHosts: settings.describedHosts }
  const recorder = makeRecorder(shared, thread, options.now)
  return { recorder, shared, thread }
}

/** For a worker thread of a program whose main thread records: its calls go the same way. */
export const joinRecorder = (shared: SharedRecorder): Recorder => makeRecorder(shared, null, undefined)

const makeRecorder = (
  shared: SharedRecorder,
  thread: RecorderThread | null,
  now: (() => number) | undefined
): Recorder & { readonly letGo: () => void } => {
  const isRecorded = anyRecordedOn(shared.hosts, shared.describedHosts)
  const cells = cellsOf(shared.arena)
  const arena = makeArenaWriter(shared.arena)
  const requests = new RequestCache(() => Atomics.add(cells, cell.nextRequest, 1))
  let forgotten = Atomics.load(cells, cell.forgotten)
  let closed = false
  let lost = 0
  let put = 0
  let started = false
  /** Calls whose headers are here and whose body is not, oldest first. */
  const open = new Set<CallRecorder>()
  const abandon = (before: number) => {
    for (const watch of open) {
      if (watch.startedAt > before) break
      watch.leaveUnread()
    }
  }
  // Looked up at each call: a program may have a clock of its own.
  const elapsed = now ?? (() => performance.now())
  const wallClock = now ?? (() => Date.now())

  const start = (): void => {
    if (started) return
    started = true
    if (thread === null) onExit(closeNow)
    else thread.start()
  }
  const keep = (observation: Observation): void => {
    start()
    if (!closed && thread?.isDead() !== true && writeObservation(arena, observation)) {
      put += 1
      return
    }
    lost += 1
    Atomics.add(cells, cell.dropped, 1)
    requests.clear() // what was lost cannot be referred to
  }

  // No call is lost with a count that finds no room.
  const others = countUnrecordedHosts((count) => {
    start()
    if (!closed && thread?.isDead() !== true) writeObservation(arena, count)
  }, wallClock)

  const host: CallRecorderHost = {
    keepsBodies: shared.keepBodies,
    elapsed,
    requestOf: (call) => {
      const gone = Atomics.load(cells, cell.forgotten)
      if (gone !== forgotten) {
        forgotten = gone
        requests.clear()
      }
      return requests.of(call.method, call.url, call.authorization, call.userAgent)
    },
    requests,
    newBody: (request, body) => {
      body.id = Atomics.add(cells, cell.nextBody, 1)
      requests.add(request, body)
    },
    opened: (watch) => void open.add(watch),
    withdrawn: (watch) => void open.delete(watch),
    ended: (watch, observation) => {
      open.delete(watch)
      keep(observation)
      if (open.size > 0) abandon(wallClock() - unreadAfterMs)
    }
  }

  const hosts = new Map<string, boolean>()
  const recordsHost = (host: string): boolean => {
    let known = hosts.get(host)
    if (known === undefined) {
      known = isRecorded(host)
      if (hosts.size > 1_000) hosts.clear()
      hosts.set(host, known)
    }
    return known
  }

  /** What is still open is noted as it is; nothing more is taken. */
  const letGo = (): void => {
    abandon(Number.POSITIVE_INFINITY)
    others.flush()
    closed = true
  }

  const closeNow = (): void => {
    if (closed) return
    letGo()
    thread?.closeNow()
  }

  return {
    letGo,
    begin: (call) => {
      if (closed) return null
      try {
        const name = call.host ?? new URL(call.url).host
        if (recordsHost(name)) return new CallRecorder(host, call, wallClock())
        others.count(name)
        return null
      } catch {
        return null // no absolute URL: the program's own call will say so
      }
    },
    records: (url) => recordsHost(url.host),
    recordsHost,
    passBy: others.count,
    keepsBodies: shared.keepBodies,
    stats: () => {
      const unwritten = Atomics.load(cells, cell.lost)
      return {
        calls: put + lost,
        written: Atomics.load(cells, cell.done) - unwritten,
        lost: lost + unwritten + (thread?.isDead() === true ? put - Atomics.load(cells, cell.done) : 0)
      }
    },
    flush: async () => thread?.flush(),
    close: async () => {
      if (closed) return
      letGo()
      await thread?.close()
    },
    closeNow
  }
}
