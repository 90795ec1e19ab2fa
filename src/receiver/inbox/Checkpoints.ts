/**
 * Keeps the WAL short without making senders wait: a thread folds what is there into the database, again and again as what
 * comes meanwhile gets less, then the writer folds the rest, after which the WAL begins anew. It goes by the WAL's own length,
 * whoever made it long: deliveries, the hand-over, a purge, another process.
 */
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import { Wal } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"

export interface Checkpoints {
  /** To be called after each round of work. */
  readonly look: () => void
  readonly close: () => void
}

/** A page in the WAL, with its header. */
const frameBytes = 4_096 + 24
/**
 * WAL between two folds under load: 130 MB, which with what comes during a fold is some 170 MB of WAL. The disk is busy with a fold for
 * some 100 ms, so the more seldom it is, the fewer senders meet it.
 */
const foldAtBytes = 130_000_000
/** What the file keeps once the WAL begins anew. */
const keptBytes = 170_000_000
/** In a pause the WAL is folded sooner. */
const pauseMs = 1_000
const foldInPause = 850
/** Pages that a pause may write: the lease, the looks at whether the inbox can be written to. */
const quiet = 100
/** A look costs some 20 µs, as much as a third of a delivery. */
const lookEveryMs = 5
/** Folds in a row by the thread: 200 ms of work, then some 40, then some 10. */
const rounds = 3
/** A reader can keep the WAL from beginning anew: tried again so often. */
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
  /** The thread has folded; the writer does the rest. */
  let restDue = false
  let restAt = 0
  let round = 0
  let lookedAt = 0
  let before = 0
  /** Without the thread the writer folds by itself, as SQLite does unless told otherwise. */
  const alone = (): void => {
    worker = null
    folding = false
    restDue = false
    try {
      Wal.foldsByItself(database, true)
    } catch {
      // The file cannot be read: it is noticed elsewhere, and this thread goes on to say so.
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
      // Locked or without room: the next round.
      restDue = false
    }
  }
  const lengthNow = (): { readonly written: number; readonly folded: number } => {
    const [now] = length.all()
    return { written: Math.max(0, now?.log ?? 0), folded: Math.max(0, now?.checkpointed ?? 0) }
  }
  // A pause: so little is written that a fold meets no crowd of senders.
  const pause = setInterval(() => {
    if (worker === null || folding) return
    try {
      const { folded, written } = lengthNow()
      if (written - folded >= foldInPause && Math.abs(written - before) < quiet) fold()
      before = written
    } catch {
      // The file cannot be read now: the next round.
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
