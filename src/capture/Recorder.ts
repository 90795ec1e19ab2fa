/**
 * The recorder: what every hook reports to. The program's thread takes references and a checksum, so that a body which
 * was there before does not travel again; a worker thread parses, hashes, redacts and writes (bench/: recorder). It
 * never delays or changes a call: what it cannot keep, for want of memory or disk, it drops and counts.
 */
import { existsSync, readFileSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { Worker } from "node:worker_threads"
import { crc32 } from "node:zlib"
import { builtEntry } from "./builtEntry.js"
import { readCaptureSettings } from "./CaptureSettings.js"
import {
  counter,
  counterBytes,
  type Observation,
  rememberedBodies,
  type ThreadData,
  type ToThread
} from "./Observation.js"
import { type HostLookup, recordedHosts } from "./RecordedHosts.js"

export interface RecorderOptions {
  /** The database file; default `HOOKSHIFT_DB`, else `hookshift.db`. */
  readonly db?: string
  /** The program's name in reports; default `HOOKSHIFT_INTEGRATION`, the configuration's, else package name and script. */
  readonly integration?: string
  /** Hosts to record besides the providers' own; default `HOOKSHIFT_HOSTS` (comma-separated) and the configuration's. */
  readonly hosts?: ReadonlyArray<string>
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
  readonly authorization: string | null
  readonly userAgent: string | null
  readonly requestBytes: number | null
}

/** Follows one call. Every method only takes note; `end` or `fail` closes it, once. */
export interface CallObserver {
  readonly headers: (status: number, header: (name: string) => string | null) => void
  readonly chunk: (bytes: Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
}

export interface Recorder {
  /** `null` when the host is not recorded. */
  readonly begin: (call: CallStart) => CallObserver | null
  readonly records: (url: URL) => boolean
  readonly stats: () => RecorderStats
  /** Resolves once all completed calls are written or counted as lost. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
  /** For a process that is about to end: blocks until what completed is on disk, at most five seconds. */
  readonly closeNow: () => void
}

/** Bodies on their way to the recorder's thread may take this much memory; beyond it records are dropped and counted. */
const maxPendingBytes = 32 * 1024 * 1024
const maxPendingCalls = 20_000
const maxBodyBytes = 16 * 1024 * 1024
const batchSize = 64
const batchDelayMs = 50
/** A response whose body the program leaves unread is recorded without it after this long. */
const unreadAfterMs = 60_000

// Taken at load, so that a program with a clock of its own does not move the recorder's batches.
const later = globalThis.setTimeout
const number = (text: string | null): number | null =>
  text === null || text === "" || Number.isNaN(Number(text)) ? null : Number(text)

export const openRecorder = (options: RecorderOptions = {}): Recorder => {
  const settings = readCaptureSettings(process.env)
  const hosts = options.hosts ?? settings.hosts
  const lookup: HostLookup = recordedHosts(hosts)
  const counters = new Int32Array(new SharedArrayBuffer(counterBytes))
  const data: ThreadData = {
    file: resolve(options.db ?? process.env["HOOKSHIFT_DB"] ?? "hookshift.db"),
    integration: options.integration ?? settings.integration ?? programName(),
    program: basename(process.argv[1] ?? "node"),
    pid: process.pid,
    startedAt: options.now?.() ?? Date.now(),
    salt: options.salt ?? process.env["HOOKSHIFT_SALT"] ?? null,
    hosts,
    counters: counters.buffer as SharedArrayBuffer
  }
  const thread = new Worker(builtEntry("recorder-thread.js"), {
    workerData: data,
    execArgv: [],
    env: { PATH: process.env["PATH"] },
    stdout: false,
    stderr: false
  })
  thread.unref()
  let dead = false
  let waiting: Array<Observation> = []
  let waitingBytes = 0
  let sent = 0
  let lost = 0
  let lostUnsent = 0
  let batches = 0
  let scheduled = false
  let closed = false
  let pending: Array<{ readonly upTo: number; readonly bytes: number }> = []
  /** Calls whose headers are here and whose body is not, oldest first. */
  const open = new Map<() => void, number>()
  const abandon = (before: number) => {
    for (const [finish, since] of open) if (since <= before) finish()
  }

  const threadDied = () => {
    if (dead) return
    dead = true
    // What it had not written is lost; Atomics.notify wakes whoever waits for it.
    Atomics.store(counters, counter.closed, 1)
    Atomics.notify(counters, counter.closed)
  }
  thread.on("error", threadDied)
  thread.on("exit", threadDied)

  const elapsed = options.now ?? (() => performance.now())

  const lose = (calls: number) => {
    lost += calls
    lostUnsent += calls
  }

  /** Request → length and checksum of its last body; polls mostly bring the same again. */
  const lastBodies = new Map<string, string>()
  let forgotten = 0
  const isLastBody = (call: CallStart, digest: string): boolean => {
    const gone = Atomics.load(counters, counter.forgotten)
    if (gone !== forgotten) {
      forgotten = gone
      lastBodies.clear()
    }
    const key = `${call.url} ${call.authorization ?? ""}`
    if (lastBodies.get(key) === digest) return true
    lastBodies.delete(key)
    lastBodies.set(key, digest)
    if (lastBodies.size > rememberedBodies) lastBodies.delete(lastBodies.keys().next().value as string)
    return false
  }

  const done = () => Atomics.load(counters, counter.done)

  const pendingBytes = (): number => {
    const upTo = done()
    if (pending.length > 0 && pending[0]!.upTo <= upTo) pending = pending.filter((batch) => batch.upTo > upTo)
    return pending.reduce((sum, batch) => sum + batch.bytes, waitingBytes)
  }

  const send = (): void => {
    scheduled = false
    if (open.size > 0) abandon(Date.now() - unreadAfterMs)
    if (waiting.length === 0 && lostUnsent === 0) return
    if (dead) {
      lost += waiting.length
    } else {
      const message: ToThread = { calls: waiting, lost: lostUnsent }
      lostUnsent = 0
      sent += waiting.length
      batches += 1
      pending.push({ upTo: sent, bytes: waitingBytes })
      thread.postMessage(message)
    }
    waiting = []
    waitingBytes = 0
  }

  const keep = (observation: Observation, bytes: number): void => {
    if (
      dead ||
      closed ||
      sent - done() + waiting.length >= maxPendingCalls ||
      pendingBytes() + bytes > maxPendingBytes
    ) {
      lose(1)
      lastBodies.clear() // what was lost cannot be referred to
      return
    }
    waiting.push(observation)
    waitingBytes += bytes
    if (waiting.length >= batchSize) send()
    else if (!scheduled) {
      scheduled = true
      later(send, batchDelayMs).unref()
    }
  }

  const begin = (call: CallStart): CallObserver | null => {
    const startedAt = options.now?.() ?? Date.now()
    const from = elapsed()
    let status: number | null = null
    let limitTotal: number | null = null
    let limitRemaining: number | null = null
    let retryAfter: string | null = null
    let contentEncoding: string | null = null
    let responseBytes = 0
    let body: Array<Uint8Array> | null = null
    let checksum = 0
    let over = false
    const leaveUnread = () => {
      body = null
      finish(null)
    }
    const finish = (error: string | null) => {
      if (over) return
      over = true
      open.delete(leaveUnread)
      const sameBody = error === null && body !== null && isLastBody(call, `${responseBytes} ${checksum}`)
      keep(
        {
          startedAt,
          durationMs: Math.round((elapsed() - from) * 1000) / 1000,
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
          body: error === null && !sameBody ? body : null,
          sameBody
        },
        body === null || sameBody ? 0 : responseBytes
      )
    }
    return {
      headers: (code, header) => {
        status = code
        open.set(leaveUnread, startedAt)
        limitTotal = number(header("x-ratelimit-total"))
        limitRemaining = number(header("x-ratelimit-remaining"))
        retryAfter = header("retry-after")
        contentEncoding = header("content-encoding")
        const readable =
          call.method === "GET" && code >= 200 && code < 300 && /json/i.test(header("content-type") ?? "")
        body = readable ? [] : null
      },
      chunk: (bytes) => {
        responseBytes += bytes.byteLength
        if (body === null) return
        if (responseBytes > maxBodyBytes) body = null
        else {
          body.push(bytes)
          checksum = crc32(bytes, checksum)
        }
      },
      end: () => finish(null),
      fail: (error) => finish(errorCode(error))
    }
  }

  const records = (url: URL): boolean => lookup(url.host, url.pathname) !== null

  const flush = async (): Promise<void> => {
    send()
    while (!dead && Atomics.load(counters, counter.flushed) < batches) {
      await new Promise((resume) => later(resume, 2))
    }
  }

  const closeNow = (): void => {
    if (closed) return
    abandon(Number.POSITIVE_INFINITY)
    send()
    closed = true
    if (dead) return
    thread.postMessage({ close: true } satisfies ToThread)
    Atomics.wait(counters, counter.closed, 0, 5_000)
  }

  const close = async (): Promise<void> => {
    if (closed) return
    abandon(Number.POSITIVE_INFINITY)
    await flush()
    closed = true
    if (dead) return
    // From here on the program waits for the thread, so the thread has to keep it alive.
    thread.ref()
    const exited = new Promise((resume) => thread.once("exit", resume))
    thread.postMessage({ close: true } satisfies ToThread)
    await exited
  }

  process.once("exit", closeNow)

  return {
    begin: (call) => {
      try {
        return records(new URL(call.url)) ? begin(call) : null
      } catch {
        return null // no absolute URL: the program's own call will say so
      }
    },
    records,
    stats: () => ({
      calls: sent + waiting.length + lost,
      written: done() - Atomics.load(counters, counter.lost),
      lost: lost + Atomics.load(counters, counter.lost)
    }),
    flush,
    close,
    closeNow
  }
}

const errorCode = (error: unknown): string => {
  const { cause, code, name } = (typeof error === "object" && error !== null ? error : {}) as {
    cause?: { code?: unknown }
    code?: unknown
    name?: unknown
  }
  const text = cause?.code ?? code ?? name ?? "Error"
  return /^[\w.-]{1,40}$/.test(String(text)) ? String(text) : "Error"
}

/** Package name and script: `crm-sync poll.mjs`. */
const programName = (): string => {
  const script = process.argv[1]
  if (script === undefined) return "node"
  for (let folder = dirname(resolve(script)); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json")
    if (existsSync(manifest)) {
      try {
        const name: unknown = JSON.parse(readFileSync(manifest, "utf8")).name
        if (typeof name === "string") return `${name} ${basename(script)}`
      } catch {
        // An unreadable manifest names nothing; the next folder up may.
      }
    }
    if (folder === dirname(folder)) return basename(script)
  }
}
