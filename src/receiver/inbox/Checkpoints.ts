/**
 * Keeps the WAL short without making senders wait: a thread folds what is there into the database, again and again as what
 * comes meanwhile gets less, then the writer folds the rest, after which the WAL begins anew.
 */
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import type { InboxFile } from "./InboxFile.js"

export interface Checkpoints {
  /** To be called after each commit, with how many deliveries were put or moved the state. */
  readonly wrote: (rows: number) => void
  readonly close: () => void
}

/**
 * Deliveries put or applied between two folds under load: some 170 MB of WAL. The disk is busy with a fold for some 100 ms,
 * so the more seldom it is, the fewer senders meet it.
 */
const foldEvery = 24_000
/** In a pause the WAL is folded sooner. */
const pauseMs = 1_000
const foldInPause = 500
/** Folds in a row by the thread: 200 ms of work, then some 40, then some 10. */
const rounds = 3

export const startCheckpoints = ({ database }: InboxFile, file: string): Checkpoints => {
  const rest = database.prepare("PRAGMA wal_checkpoint(PASSIVE)")
  let worker: Worker | null = null
  let folding = false
  let round = 0
  let written = 0
  /** Without the thread the writer folds by itself, as SQLite does unless told otherwise. */
  const alone = (): void => {
    worker = null
    folding = false
    database.pragma("wal_autocheckpoint = 16000")
  }
  try {
    worker = new Worker(builtEntry("checkpoint-thread.js"), { workerData: file, execArgv: [], env: {} })
    worker.unref()
    worker.on("message", () => {
      round += 1
      if (round < rounds) worker?.postMessage("fold")
      else folding = false
    })
    worker.on("error", alone)
    database.pragma("wal_autocheckpoint = 0")
  } catch {
    alone()
  }
  const fold = (): void => {
    written = 0
    folding = true
    worker?.postMessage("fold")
  }
  const pause = setTimeout(() => {
    if (worker !== null && !folding && round === 0 && written >= foldInPause) fold()
  }, pauseMs)
  pause.unref()
  return {
    wrote: (rows) => {
      written += rows
      pause.refresh()
      if (worker === null || folding) return
      if (round === rounds) {
        round = 0
        try {
          rest.all()
        } catch {
          // As above: the next round.
        }
        return
      }
      if (written >= foldEvery) fold()
    },
    close: () => worker?.postMessage("close")
  }
}
