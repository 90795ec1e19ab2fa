/**
 * The recorder: what every hook reports to. The program's thread compares bodies and puts records into shared memory; a
 * worker thread parses, hashes, redacts and writes (bench/: recorder). It never delays or changes a call: what it cannot
 * keep, for want of memory or disk, it drops and counts.
 */
import { basename, resolve } from "node:path"
import { type BodyWatch, watchBytes } from "./BodyWatch.js"
import { readCaptureSettings } from "./CaptureSettings.js"
import { errorCode } from "./ErrorCode.js"
import { LastBodies } from "./LastBodies.js"
import { headerNumber, type RecorderKind, type ThreadData } from "./Observation.js"
import { writeObservation } from "./ObservationCodec.js"
import { programName } from "./ProgramName.js"
import { type HostLookup, recordedHosts } from "./RecordedHosts.js"
import { cell, cellsOf, makeArena, makeArenaWriter } from "./SharedArena.js"
import { makeRecorderThread, type RecorderThread } from "./ThreadHandle.js"

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

/** The start of a call, as a hook sees it. */
export interface CallStart {
  readonly method: string
  readonly url: string
  /** `host` or `host:port` of the URL, where the hook knows it already. */
  readonly host?: string
  readonly authorization: string | null
  readonly userAgent: string | null
  readonly requestBytes: number | null
}

/** Follows one call. Every method only takes note; `end` or `fail` closes it, once. */
export interface CallObserver {
  /** A part of the request's body; only needed where bodies are kept. */
  readonly sent: (bytes: Uint8Array) => void
  readonly headers: (status: number, header: (name: string) => string | null) => void
  readonly chunk: (bytes: Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
}

export interface Recorder {
  /** `null` when the host is not recorded. */
  readonly begin: (call: CallStart) => CallObserver | null
  readonly records: (url: URL) => boolean
  /** As `records`, for `example.org` or `example.org:8080`; remembers its answers. */
  readonly recordsHost: (host: string) => boolean
  readonly keepsBodies: boolean
  readonly stats: () => RecorderStats
  /** Resolves once all completed calls are written, or kept back because they cannot be. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
  /** For a process that is about to end: blocks until what completed is on disk, at most five seconds. */
  readonly closeNow: () => void
}

/** What the threads of one process share of a recorder. */
export interface SharedRecorder {
  readonly arena: SharedArrayBuffer
  readonly hosts: ReadonlyArray<string>
  readonly keepBodies: boolean
}

/** A response whose body the program leaves unread is recorded without it after this long. */
const unreadAfterMs = 60_000
/** Of a request's body, where bodies are kept. */
const largestRequestBody = 1024 * 1024

/** A recorder with a thread and a database of its own. The thread starts with the first call. */
export const openRecorder = (options: RecorderOptions = {}): Recorder => openSharedRecorder(options).recorder

/** The same, with what the process's other threads need to join it. */
export const openSharedRecorder = (
  options: RecorderOptions,
  kind: RecorderKind = "client"
): { readonly recorder: Recorder; readonly shared: SharedRecorder; readonly thread: RecorderThread } => {
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
    arena
  }
  const thread = makeRecorderThread(data)
  const shared = { arena, hosts: data.hosts, keepBodies: data.keepBodies }
  return { recorder: makeRecorder(shared, thread, options.now), shared, thread }
}

/** For a worker thread of a program whose main thread records: its calls go the same way. */
export const joinRecorder = (shared: SharedRecorder): Recorder => makeRecorder(shared, null, undefined)

const makeRecorder = (
  shared: SharedRecorder,
  thread: RecorderThread | null,
  now: (() => number) | undefined
): Recorder => {
  const lookup: HostLookup = recordedHosts(shared.hosts)
  const cells = cellsOf(shared.arena)
  const arena = makeArenaWriter(shared.arena)
  const lastBodies = new LastBodies()
  let forgotten = Atomics.load(cells, cell.forgotten)
  let closed = false
  let lost = 0
  let put = 0
  let started = false
  /** Calls whose headers are here and whose body is not, oldest first. */
  const open = new Map<() => void, number>()
  const abandon = (before: number) => {
    for (const [finish, since] of open) {
      if (since > before) break
      finish()
    }
  }
  const elapsed = now ?? (() => performance.now())
  // Looked up at each call: a program may have a clock of its own.
  const wallClock = now ?? (() => Date.now())

  const keep = (observation: Parameters<typeof writeObservation>[1]): void => {
    if (!started) {
      started = true
      thread?.start()
      // Before the thread's own end, which writes what this one lets go of.
      process.prependOnceListener("exit", closeNow)
    }
    if (!closed && thread?.isDead() !== true && writeObservation(arena, observation)) {
      put += 1
      return
    }
    lost += 1
    Atomics.add(cells, cell.dropped, 1)
    lastBodies.clear() // what was lost cannot be referred to
  }

  /** The last body of this request, unless the recorder's thread has forgotten what it saw. */
  const lastBodyOf = (key: string) => {
    const gone = Atomics.load(cells, cell.forgotten)
    if (gone !== forgotten) {
      forgotten = gone
      lastBodies.clear()
    }
    return lastBodies.get(key)
  }

  const begin = (call: CallStart): CallObserver => {
    const startedAt = wallClock()
    const from = elapsed()
    const key = `${call.url} ${call.authorization ?? ""}`
    let status: number | null = null
    let limitTotal: number | null = null
    let limitRemaining: number | null = null
    let retryAfter: string | null = null
    let contentEncoding: string | null = null
    let contentType: string | null = null
    let responseBytes = 0
    let body: BodyWatch | null = null
    let requestBody: Array<Buffer> | null = shared.keepBodies ? [] : null
    let requestBodyBytes = 0
    let over = false

    const leaveUnread = () => {
      body = null
      finish(null)
    }
    const finish = (error: string | null) => {
      if (over) return
      over = true
      open.delete(leaveUnread)
      const found = error === null ? (body?.end() ?? null) : null
      let bodyId: number | null = null
      let same = false
      if (found !== null) {
        const last = lastBodyOf(key)
        same = found.same && last?.bytes === found.bytes
        bodyId = same ? last!.id : Atomics.add(cells, cell.nextBody, 1)
        if (!same) lastBodies.set(key, { id: bodyId, bytes: found.bytes })
      }
      body = null
      keep({
        startedAt,
        durationMs: elapsed() - from,
        method: call.method,
        url: call.url,
        authorization: call.authorization,
        userAgent: call.userAgent,
        status,
        error,
        requestBytes: call.requestBytes,
        responseBytes: status === null ? null : responseBytes,
        limitTotal,
        limitRemaining,
        retryAfter,
        contentEncoding,
        contentType,
        body: found === null || same ? null : found.bytes,
        bodyId,
        sameBody: same,
        requestBody: requestBody === null || requestBodyBytes === 0 ? null : Buffer.concat(requestBody)
      })
      if (open.size > 0) abandon(wallClock() - unreadAfterMs)
    }
    return {
      sent: (bytes) => {
        requestBodyBytes += bytes.byteLength
        if (requestBody === null) return
        if (requestBodyBytes > largestRequestBody) requestBody = null
        else requestBody.push(Buffer.from(bytes))
      },
      headers: (code, header) => {
        status = code
        open.set(leaveUnread, startedAt)
        limitTotal = headerNumber(header("x-ratelimit-total"))
        limitRemaining = headerNumber(header("x-ratelimit-remaining"))
        retryAfter = header("retry-after")
        contentEncoding = header("content-encoding")
        contentType = header("content-type")
        const json = contentType !== null && /json/i.test(contentType)
        const looked = json && call.method === "GET" && code >= 200 && code < 300
        const kept = shared.keepBodies && contentType !== null && /json|text|xml|urlencoded/i.test(contentType)
        body = looked || kept ? watchBytes(lastBodyOf(key)) : null
      },
      chunk: (bytes) => {
        responseBytes += bytes.byteLength
        body?.chunk(bytes)
      },
      end: () => finish(null),
      fail: (error) => finish(errorCode(error))
    }
  }

  const hosts = new Map<string, boolean>()
  const recordsHost = (host: string): boolean => {
    let known = hosts.get(host)
    if (known === undefined) {
      known = lookup(host, "/") !== null
      if (hosts.size > 1_000) hosts.clear()
      hosts.set(host, known)
    }
    return known
  }

  const closeNow = (): void => {
    if (closed) return
    abandon(Number.POSITIVE_INFINITY)
    closed = true
    thread?.closeNow()
  }

  return {
    begin: (call) => {
      if (closed) return null
      try {
        return recordsHost(call.host ?? new URL(call.url).host) ? begin(call) : null
      } catch {
        return null // no absolute URL: the program's own call will say so
      }
    },
    records: (url) => recordsHost(url.host),
    recordsHost,
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
      abandon(Number.POSITIVE_INFINITY)
      closed = true
      process.removeListener("exit", closeNow)
      await thread?.close()
    },
    closeNow
  }
}
