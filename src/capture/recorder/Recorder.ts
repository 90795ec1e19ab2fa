/**
 * The recorder that all hooks and clients report to. The program's thread compares bodies and puts records into
 * shared memory; a worker thread parses, hashes, redacts and writes (bench/: recorder). A call is never delayed or
 * changed: a record for which memory or disk has no room is dropped and counted.
 */
import { basename, resolve } from "node:path"
import { requireSupportedNode } from "../../domain/SupportedNode.js"
import { onExit } from "../program/exit.js"
import { programName } from "../program/ProgramName.js"
import { readCaptureSettings } from "../settings/CaptureSettings.js"
import { anyRecordedOn, cachedByHost } from "../settings/RecordedHosts.js"
import { cell, cellsOf, makeArena } from "../spool/SharedArena.js"
import type { RecorderKind, ThreadData } from "../spool/ThreadData.js"
import { type CallObserver, CallRecorder, type CallRecorderHost, type CallStart } from "./CallRecorder.js"
import { ObservationSender } from "./ObservationSender.js"
import { OpenCalls } from "./OpenCalls.js"
import { makeRecorderThread, type RecorderThread } from "./RecorderThread.js"
import { RequestCache } from "./RequestCache.js"
import { countUnrecordedHosts } from "./UnrecordedHosts.js"

export type { CallObserver, CallStart } from "./CallRecorder.js"

export interface RecorderOptions {
  /** The database file; default `HOOKSHIFT_DB`, else `hookshift.db`. */
  readonly db?: string
  /**
   * The program's name in reports; default `HOOKSHIFT_INTEGRATION`, the configuration's, else package name and
   * script.
   */
  readonly integration?: string
  /**
   * Hosts to record besides the providers' own; default `HOOKSHIFT_HOSTS` (comma-separated) and the configuration's.
   */
  readonly hosts?: ReadonlyArray<string>
  /**
   * Keeps bodies, redacted by field name and pattern; default `HOOKSHIFT_KEEP_BODIES`, else the configuration's, else
   * no.
   */
  readonly keepBodies?: boolean
  /** Salts a new database's fingerprints reproducibly; for tests and the demo. */
  readonly salt?: string
  /** The clock that stamps calls, in milliseconds since 1970; the machine's unless a replay passes its own. */
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
  /** As `records`, for `example.org` or `example.org:8080`; answers are cached. */
  readonly recordsHost: (host: string) => boolean
  /** Counts a call to a host that is not recorded; nothing else of the call is kept. */
  readonly passBy: (host: string) => void
  readonly keepsBodies: boolean
  readonly stats: () => RecorderStats
  /** Resolves once all completed calls are written, or are held back because they cannot be written. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
  /**
   * For a process that is about to end: blocks until completed calls are on disk; gives up after fifteen seconds
   * without progress.
   */
  readonly closeNow: () => void
}

/** The parts of a recorder that the threads of one process share. */
export interface SharedRecorder {
  readonly arena: SharedArrayBuffer
  readonly hosts: ReadonlyArray<string>
  readonly keepBodies: boolean
  /** Hosts of providers that a file describes; their subdomains belong to them. */
  readonly describedHosts: ReadonlyArray<string>
}

/**
 * A recorder with its own thread and database; the thread starts with the first call. Throws `UnsupportedNode` on an
 * older Node.
 */
export const openRecorder = (options: RecorderOptions = {}): Recorder => openSharedRecorder(options).recorder

/** As `openRecorder`, with the parts that the process's other threads need to join it. */
export const openSharedRecorder = (
  options: RecorderOptions,
  kind: RecorderKind = "client"
): { readonly recorder: Recorder; readonly shared: SharedRecorder; readonly thread: RecorderThread } => {
  requireSupportedNode()
  const settings = readCaptureSettings(process.env)
  const arena = makeArena()
  const data: ThreadData = {
    file: resolve(options.db ?? process.env["HOOKSHIFT_DB"] ?? "hookshift.db"),
    // A proxy's calls come from many programs: their User-Agents name them.
    integration: options.integration ?? settings.integration ?? (kind === "proxy" ? null : programName()),
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
  const thread = makeRecorderThread(data, () => recorder.stop())
  const shared = { arena, hosts: data.hosts, keepBodies: data.keepBodies, describedHosts: settings.describedHosts }
  const recorder = makeRecorder(shared, thread, options.now)
  return { recorder, shared, thread }
}

/** For a worker thread of a program whose main thread records: its calls go to the same recorder's thread. */
export const joinRecorder = (shared: SharedRecorder): Recorder => makeRecorder(shared, null, undefined)

/** `stop` records open calls as they stand, and accepts no further ones. */
const makeRecorder = (
  shared: SharedRecorder,
  thread: RecorderThread | null,
  now: (() => number) | undefined
): Recorder & { readonly stop: () => void } => {
  // Looked up at each call: a program may replace the clock.
  const elapsed = now ?? (() => performance.now())
  const wallClock = now ?? (() => Date.now())
  const sender = new ObservationSender(
    shared.arena,
    () => thread?.isDead() === true,
    () => {
      if (thread === null) onExit(closeNow)
      else thread.start()
    }
  )
  const openCalls = new OpenCalls()
  const unrecorded = countUnrecordedHosts((count) => sender.sendCount(count), wallClock)
  const host = callHost(shared, sender, openCalls, elapsed, wallClock)
  const recordsHost = cachedByHost(anyRecordedOn(shared.hosts, shared.describedHosts))

  const stop = (): void => {
    openCalls.endAll()
    unrecorded.flush()
    sender.close()
  }
  const closeNow = (): void => {
    if (sender.isClosed) return
    stop()
    thread?.closeNow()
  }

  return {
    stop,
    begin: (call) => {
      if (sender.isClosed) return null
      try {
        const name = call.host ?? new URL(call.url).host
        if (recordsHost(name)) return new CallRecorder(host, call, wallClock())
        unrecorded.count(name)
        return null
      } catch {
        return null // not an absolute URL: the program's own call reports it
      }
    },
    records: (url) => recordsHost(url.host),
    recordsHost,
    passBy: unrecorded.count,
    keepsBodies: shared.keepBodies,
    stats: () => sender.stats(),
    flush: async () => thread?.flush(),
    close: async () => {
      if (sender.isClosed) return
      stop()
      await thread?.close()
    },
    closeNow
  }
}

/** Shared by the calls of a thread: their request cache, and the way to the recorder's thread. */
const callHost = (
  { arena, keepBodies }: SharedRecorder,
  sender: ObservationSender,
  openCalls: OpenCalls,
  elapsed: () => number,
  wallClock: () => number
): CallRecorderHost => {
  const cells = cellsOf(arena)
  const requests = new RequestCache(() => Atomics.add(cells, cell.nextRequest, 1))
  let bodyResets = Atomics.load(cells, cell.bodyResets)
  return {
    keepsBodies: keepBodies,
    elapsed,
    requestOf: (call) => {
      const resets = Atomics.load(cells, cell.bodyResets)
      if (resets !== bodyResets) {
        bodyResets = resets
        requests.clear()
      }
      return requests.of(call.method, call.url, call.authorization, call.userAgent)
    },
    requests,
    newBody: (request, body) => {
      body.id = Atomics.add(cells, cell.nextBody, 1)
      requests.add(request, body)
    },
    opened: (call) => openCalls.add(call),
    withdrawn: (call) => openCalls.delete(call),
    ended: (call, observation) => {
      openCalls.delete(call)
      // A later record cannot refer to words and bodies of one that was lost.
      if (!sender.send(observation)) requests.clear()
      if (!openCalls.isEmpty) openCalls.endUnread(wallClock())
    }
  }
}
