/** The recorder's thread as its process sees it: started with the first record, flushed, and waited for at the end. */
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import { onExit } from "../program/exit.js"
import { cell, cellsOf } from "../spool/SharedArena.js"
import type { ThreadData } from "../spool/ThreadData.js"

export interface RecorderThread {
  readonly start: () => void
  readonly isDead: () => boolean
  /** Resolves once the records published before are written, or are held back because they cannot be written. */
  readonly flush: () => Promise<void>
  /** As `flush`, blocking; gives up on a thread that completes no step for fifteen seconds. */
  readonly flushNow: () => void
  readonly close: () => Promise<void>
  /** Blocks until all is written and the file is closed; gives up as `flushNow` does. */
  readonly closeNow: () => void
  /** As at the process's end, for an end that emits no `exit` event. */
  readonly endNow: () => void
}

// Taken at load, so that a program that replaces its timers does not affect the recorder.
const later = globalThis.setTimeout
/**
 * How long a process that ends waits for the thread's next step. The longest step, a body of 16 MiB, takes a second
 * of processor time, of which a busy machine gives a tenth.
 */
const longestStepMs = 15_000

/**
 * Blocks until `over` holds, which it checks at each change of the cell; gives up on a thread that completes no step
 * for `stepMs`. Reads no clock, since the program may have replaced it.
 */
export const waitForThread = (cells: Int32Array, at: number, over: () => boolean, stepMs = longestStepMs): void => {
  for (let steps = Atomics.load(cells, cell.steps); ; ) {
    const seen = Atomics.load(cells, at)
    if (over()) return
    if (Atomics.wait(cells, at, seen, stepMs) !== "timed-out") continue
    const now = Atomics.load(cells, cell.steps)
    if (now === steps) return
    steps = now
  }
}

/** `beforeExit` runs at the process's end, before the thread is closed: the recorder publishes what it still holds. */
export const makeRecorderThread = (data: ThreadData, beforeExit: () => void): RecorderThread => {
  const cells = cellsOf(data.arena)
  let thread: Worker | undefined
  let started = false
  let dead = false
  let cancelOnExit: () => void = () => undefined

  const died = () => {
    if (dead) return
    dead = true
    Atomics.store(cells, cell.closed, 1)
    Atomics.notify(cells, cell.closed)
    Atomics.notify(cells, cell.flushesServed)
  }

  const start = (): void => {
    if (started) return
    started = true // before the thread is made, since its creation is announced to subscribers that call `start`
    cancelOnExit = onExit(endNow)
    try {
      thread = new Worker(builtEntry("recorder-thread.js"), {
        workerData: data,
        execArgv: [],
        env: { PATH: process.env["PATH"] },
        stdout: false,
        stderr: false
      })
    } catch {
      died() // no memory or no permission: the program runs on unrecorded
      return
    }
    thread.unref()
    thread.on("error", died)
    thread.on("exit", died)
  }

  /** Asks for a flush; returns the number that `flushesServed` will reach. */
  const ask = (): number => {
    const asked = Atomics.add(cells, cell.flushesAsked, 1) + 1
    Atomics.notify(cells, cell.flushesAsked)
    Atomics.store(cells, cell.asleep, 0)
    Atomics.notify(cells, cell.asleep)
    return asked
  }
  const idle = (): boolean => thread === undefined || dead
  const isServed = (asked: number): boolean => Atomics.load(cells, cell.flushesServed) - asked >= 0

  const closeNow = (): void => {
    if (idle()) return
    Atomics.store(cells, cell.closeAsked, 1)
    ask()
    waitForThread(cells, cell.closed, () => Atomics.load(cells, cell.closed) === 1)
  }

  const endNow = (): void => {
    beforeExit()
    closeNow()
  }

  return {
    start,
    endNow,
    isDead: () => dead,
    flush: async () => {
      if (idle()) return
      const asked = ask()
      while (!dead && !isServed(asked)) await new Promise((resume) => later(resume, 2))
    },
    flushNow: () => {
      if (idle()) return
      const asked = ask()
      waitForThread(cells, cell.flushesServed, () => dead || isServed(asked))
    },
    close: async () => {
      cancelOnExit()
      if (idle()) return
      // The program now waits for the thread, so the thread has to keep the process alive.
      thread!.ref()
      const exited = new Promise((resume) => thread!.once("exit", resume))
      Atomics.store(cells, cell.closeAsked, 1)
      ask()
      await exited
    },
    closeNow
  }
}
