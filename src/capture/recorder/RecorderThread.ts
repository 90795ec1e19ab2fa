/** The recorder's thread as its process sees it: started with the first record, asked to write, waited for at the end. */
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import type { ThreadData } from "../Observation.js"
import { onExit } from "../program/exit.js"
import { cell, cellsOf } from "../spool/SharedArena.js"

export interface RecorderThread {
  readonly start: () => void
  readonly isDead: () => boolean
  /** Resolves once what was put before is written, or kept back because it cannot be. */
  readonly flush: () => Promise<void>
  /** Blocks until then; gives up on a thread that gets nothing done for fifteen seconds. */
  readonly flushNow: () => void
  readonly close: () => Promise<void>
  /** Blocks until all is written and the file closed, in the same way. */
  readonly closeNow: () => void
}

// Taken at load, so that a program with a clock of its own does not move the recorder.
const later = globalThis.setTimeout
/**
 * A process that ends waits for the disk while the thread gets on, and so long for its next step. The longest step, a body of
 * 16 MiB, takes a second of a processor, of which a busy machine gives a tenth.
 */
const longestStepMs = 15_000

/**
 * Blocks until a change of the cell has made it so; gives up on a thread that gets no step done for so long. By no clock, since
 * the program may have one of its own.
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

/** `lastCalls` lets go of what the recorder still holds; it runs before the thread is closed at the process's end. */
export const makeRecorderThread = (data: ThreadData, lastCalls: () => void): RecorderThread => {
  const cells = cellsOf(data.arena)
  let thread: Worker | undefined
  let started = false
  let dead = false
  let stayQuiet: () => void = () => undefined

  const died = () => {
    if (dead) return
    dead = true
    Atomics.store(cells, cell.closed, 1)
    Atomics.notify(cells, cell.closed)
    Atomics.notify(cells, cell.served)
  }

  const start = (): void => {
    if (started) return
    started = true // before the thread is made: making one is announced to those who start this one then
    stayQuiet = onExit(() => {
      lastCalls()
      closeNow()
    })
    try {
      thread = new Worker(builtEntry("recorder-thread.js"), {
        workerData: data,
        execArgv: [],
        env: { PATH: process.env["PATH"] },
        stdout: false,
        stderr: false
      })
    } catch {
      died() // no memory, no permission: the program goes on without a record
      return
    }
    thread.unref()
    thread.on("error", died)
    thread.on("exit", died)
  }

  /** Asks for what is there to be written; the number that `served` will reach. */
  const ask = (): number => {
    const asked = Atomics.add(cells, cell.asked, 1) + 1
    Atomics.notify(cells, cell.asked)
    Atomics.store(cells, cell.asleep, 0)
    Atomics.notify(cells, cell.asleep)
    return asked
  }
  const idle = (): boolean => thread === undefined || dead
  const isServed = (asked: number): boolean => Atomics.load(cells, cell.served) - asked >= 0

  const closeNow = (): void => {
    if (idle()) return
    Atomics.store(cells, cell.close, 1)
    ask()
    waitForThread(cells, cell.closed, () => Atomics.load(cells, cell.closed) === 1)
  }

  return {
    start,
    isDead: () => dead,
    flush: async () => {
      if (idle()) return
      const asked = ask()
      while (!dead && !isServed(asked)) await new Promise((resume) => later(resume, 2))
    },
    flushNow: () => {
      if (idle()) return
      const asked = ask()
      waitForThread(cells, cell.served, () => dead || isServed(asked))
    },
    close: async () => {
      stayQuiet()
      if (idle()) return
      // From here on the program waits for the thread, so the thread has to keep it alive.
      thread!.ref()
      const exited = new Promise((resume) => thread!.once("exit", resume))
      Atomics.store(cells, cell.close, 1)
      ask()
      await exited
    },
    closeNow
  }
}
