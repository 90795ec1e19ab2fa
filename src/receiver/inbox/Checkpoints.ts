/**
 * Keeps the WAL short without delaying senders. A thread folds the WAL into the database, several times in a row as
 * each round leaves less. Then the writer folds the rest, and the WAL begins anew. The trigger is the WAL's own length,
 * whatever made it long: deliveries, the hand-over, a purge, another process.
 */
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import { Wal } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"

export interface Checkpoints {
  /** Call it after each round of work. */
  readonly look: () => void
  readonly close: () => void
}

/** A page in the WAL, with its header. */
const frameBytes = 4_096 + 24
/**
 * Bytes of WAL between two folds under load; with deliveries during a fold the WAL grows to some 170 MB. A fold keeps
 * the disk busy for some 100 ms: rarer folds meet fewer senders.
 */
const foldAtBytes = 130_000_000
/** Size to which the WAL file is cut once it begins anew. */
const keptBytes = 170_000_000
/** In a pause the WAL is folded sooner. */
const pauseMs = 1_000
const foldInPause = 850
/** Pages that may be written during a pause: by the lease, and by checks that the inbox is writable. */
const quiet = 100
/** A look costs some 20 µs, a third of a delivery. */
const lookEveryMs = 5
/** Folds in a row by the thread: 200 ms of work, then some 40, then some 10. */
const rounds = 3
/** A reader can keep the WAL from beginning anew: time until the next try. */
const againAfterMs = 50

export const startCheckpoints = (
  { database }: InboxFile,
  file: string,
  everyBytes: number = foldAtBytes
): Checkpoints => {
  const foldAt = Math.round(everyBytes / frameBytes)
  const rest = Wal.foldWal(database)
  const length = Wal.walLength(database)
  let worker: Worker | null = null
  let folding = false
  /** The thread has folded; the writer folds the rest. */
  let restDue = false
  let restAt = 0
  let round = 0
  let lookedAt = 0
  let before = 0
  /** Without the thread the writer folds by itself, which is SQLite's default. */
  const alone = (): void => {
    worker = null
    folding = false
    restDue = false
    try {
      Wal.foldsByItself(database, true)
    } catch {
      // The file cannot be read: others notice it, and this thread goes on to report it.
    }
  }
  Wal.keepWalBytes(database, keptBytes)
  try {
    worker = new Worker(builtEntry("checkpoint-thread.js"), { workerData: file, execArgv: [], env: {} })
    worker.unref()
    worker.on("message", () => {
      round += 1
      if (round < rounds) return worker?.postMessage("fold")
      folding = false
      restDue = true
    })
    worker.on("error", alone)
    Wal.foldsByItself(database, false)
  } catch {
    alone()
  }
  const fold = (): void => {
    round = 0
    folding = true
    restDue = false
    worker?.postMessage("fold")
  }
  const foldRest = (): void => {
    const now = performance.now()
    if (now < restAt) return
    restAt = now + againAfterMs
    try {
      const [result] = rest.all()
      restDue = result !== undefined && result.checkpointed < result.log
    } catch {
      // Locked or without room: try again in the next round.
      restDue = false
    }
  }
  const lengthNow = (): { readonly written: number; readonly folded: number } => {
    const [now] = length.all()
    return { written: Math.max(0, now?.log ?? 0), folded: Math.max(0, now?.checkpointed ?? 0) }
  }
  // In a pause so little is written that a fold meets no crowd of senders.
  const pause = setInterval(() => {
    if (worker === null || folding) return
    try {
      const { folded, written } = lengthNow()
      if (written - folded >= foldInPause && Math.abs(written - before) < quiet) fold()
      before = written
    } catch {
      // The file cannot be read now: try again in the next round.
    }
  }, pauseMs)
  pause.unref()
  return {
    look: () => {
      if (worker === null || folding) return
      const now = performance.now()
      if (now - lookedAt < lookEveryMs) return
      lookedAt = now
      try {
        const { folded, written } = lengthNow()
        if (written - folded >= foldAt) return fold()
      } catch {
        return // as above
      }
      if (restDue) foldRest()
    },
    close: () => {
      clearInterval(pause)
      worker?.postMessage("close")
    }
  }
}
