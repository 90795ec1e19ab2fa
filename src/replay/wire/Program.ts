/** Hosts one polling program in a thread that follows the replay's clock. */
import { Worker } from "node:worker_threads"
import type { EpochMillis } from "../../domain/Time.js"
import type { Follower } from "./Stillness.js"
import type { VirtualTime } from "./VirtualTime.js"

export interface ProgramData {
  /** URL of the program's module. */
  readonly program: string
  /** URL of the recorder's preload. */
  readonly register: string
  /** Requests to these origins are followed. */
  readonly origins: ReadonlyArray<string>
  readonly clock: SharedArrayBuffer
  readonly counts: SharedArrayBuffer
}

/** `order` numbers the advances: a report that was under way when one was sent does not answer it. */
export type ToProgram =
  | { readonly advance: EpochMillis; readonly order: number }
  | { readonly flush: true }
  | { readonly close: true }
export type FromProgram =
  | {
      readonly nextDue: EpochMillis | null
      readonly started: number
      readonly finished: number
      /** The last advance that it followed; 0 before the first. */
      readonly order: number
    }
  | { readonly closed: true }
  | { readonly flushed: true }
  | { readonly failed: string }

export interface ProgramOptions {
  readonly name: string
  readonly program: URL
  readonly register: URL
  readonly thread: URL
  /** Addresses to whose origins requests are followed: a program may follow a link past the one that it was given. */
  readonly origins: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
}

export interface RunningProgram {
  readonly name: string
  /** Resolves once everything that was called so far is in the database. */
  readonly flush: () => Promise<void>
  /** Its timers fire no more; calls under way end. */
  readonly rest: () => void
  /** Ends the program once its records are written. */
  readonly stop: () => Promise<void>
}

/** Starts the program at the replay's present moment. Its failures end the replay. */
export const startProgram = (time: VirtualTime, options: ProgramOptions): RunningProgram => {
  const counts = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(options.thread, {
    workerData: {
      program: options.program.href,
      register: options.register.href,
      origins: options.origins.map((one) => new URL(one).origin),
      clock: time.shared.buffer as SharedArrayBuffer,
      counts: counts.buffer as SharedArrayBuffer
    } satisfies ProgramData,
    env: { PATH: process.env["PATH"], ...options.env },
    execArgv: [],
    stdout: true,
    stderr: true
  })
  let due: EpochMillis | null = null
  let resting = false
  let reported = { started: -1, finished: -1, order: -1 }
  let order = 0
  let failure: Error | null = null
  let onClosed: (() => void) | null = null
  let onFlushed: (() => void) | null = null
  const fail = (why: string) => {
    failure = new Error(`the sample integration ${options.name} failed: ${why}`)
    onClosed?.()
    onFlushed?.()
    time.wake()
  }
  worker.on("message", (message: FromProgram) => {
    if ("closed" in message) onClosed?.()
    else if ("flushed" in message) onFlushed?.()
    else if ("failed" in message) fail(message.failed)
    else {
      reported = message
      if (message.order === order) due = message.nextDue
    }
    time.wake()
  })
  worker.on("error", (error) => fail(error.message))
  const follower: Follower = {
    nextDue: () => (resting ? null : due),
    advance: (at) => {
      order += 1
      due = null
      worker.postMessage({ advance: at, order } satisfies ToProgram)
    },
    settled: () => {
      if (failure !== null) throw failure
      const present =
        reported.order === order &&
        reported.started === Atomics.load(counts, 0) &&
        reported.finished === Atomics.load(counts, 1)
      return present ? reported : null
    }
  }
  time.follow(follower)
  return {
    name: options.name,
    flush: async () => {
      const flushed = new Promise<void>((resolve) => {
        onFlushed = resolve
      })
      worker.postMessage({ flush: true } satisfies ToProgram)
      await flushed
    },
    rest: () => {
      resting = true
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => {
        onClosed = resolve
      })
      worker.postMessage({ close: true } satisfies ToProgram)
      await closed
      await worker.terminate()
    }
  }
}
