/**
 * Keeps the WAL short without making senders wait: a thread folds what is there into the database, again and again as what
 * comes meanwhile gets less, then the writer folds the rest, after which the WAL begins anew. It goes by the WAL's own length,
 * whoever made it long: deliveries, the hand-over, a purge, another process.
 */
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import type { InboxFile } from "./InboxFile.js"
import { openWalFrames } from "./WalFrames.js"

export interface Checkpoints {
  /** To be called after each round of work. */
  readonly look: () => void
  readonly close: () => void
}

/** A page in the WAL, with its header. */
const frameBytes = 4_096 + 24
/**
 * Pages between two folds under load: 130 MB, which with what comes during a fold is some 170 MB of WAL. The disk is busy with a fold for
 * some 100 ms, so the more seldom it is, the fewer senders meet it.
 */
const foldAt = Math.round(130_000_000 / frameBytes)
/** What the file keeps once the WAL begins anew. */
const keptBytes = 170_000_000
/** In a pause the WAL is folded sooner. */
const pauseMs = 1_000
const foldInPause = 850
/** Folds in a row by the thread: 200 ms of work, then some 40, then some 10. */
const rounds = 3
/** A reader can keep the WAL from beginning anew: tried again so often. */
const againAfterMs = 50

export const startCheckpoints = ({ database }: InboxFile, file: string): Checkpoints => {
  const rest = database.prepare("PRAGMA wal_checkpoint(PASSIVE)")
  const frames = openWalFrames(file)
  let worker: Worker | null = null
  let folding = false
  /** The thread has folded; the writer does the rest. */
  let restDue = false
  let restAt = 0
  let round = 0
  let seen = 0
  /** Without the thread the writer folds by itself, as SQLite does unless told otherwise. */
  const alone = (): void => {
    worker = null
    folding = false
    restDue = false
    database.pragma("wal_autocheckpoint = 16000")
  }
  database.pragma(`journal_size_limit = ${keptBytes}`)
  if (frames === null) alone()
  else
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
      database.pragma("wal_autocheckpoint = 0")
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
      const [result] = rest.all() as Array<{ readonly log: number; readonly checkpointed: number }>
      restDue = result !== undefined && result.checkpointed < result.log
    } catch {
      // Locked or without room: the next round.
      restDue = false
    }
  }
  const pause = setTimeout(() => {
    if (worker === null || folding || frames === null) return
    const { folded, written } = frames.look()
    if (written - folded >= foldInPause) fold()
  }, pauseMs)
  pause.unref()
  return {
    look: () => {
      if (worker === null || frames === null) return
      const { folded, written } = frames.look()
      if (written !== seen) pause.refresh()
      seen = written
      if (folding) return
      if (written - folded >= foldAt) return fold()
      if (restDue) foldRest()
    },
    close: () => {
      worker?.postMessage("close")
      frames?.close()
    }
  }
}
