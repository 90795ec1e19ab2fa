/**
 * The inbox's connection to its file: each work is one transaction, of one of two kinds of durability, behind a fence
 * that keeps a receiver that lost its inbox from writing.
 */
import { type Database, type OpenOptions, openDatabase } from "../Database.js"

/** Both throw where this process may not write any more. */
export interface Fence {
  /** In the transaction, before its work. */
  readonly begin: () => void
  /** Once it is on disk, and before its result is told. */
  readonly confirm: () => void
}

export interface InboxConnection {
  readonly database: Database
  /** In one transaction, on disk when this returns, as the acknowledgement of a delivery needs it. */
  readonly durably: <A>(work: () => A) => A
  /**
   * In one transaction without an fsync of its own: a power cut may undo it, since it is done again from the
   * deliveries. Deliveries are never stored by it.
   */
  readonly relaxed: <A>(work: () => A) => A
  /** From now on each transaction begins with one check, and each durable one is confirmed by another behind it. */
  readonly fence: (fence: Fence) => void
}

/** Pages of the WAL before it is folded into the database, some 65 MB: folding more often makes senders wait. */
export const checkpointPages = 16_000

/** Pages kept in memory: without it the upper levels of the indexes are read again and again. */
const cacheKibibytes = 64 * 1024

export const openInboxConnection = (file: string, options: OpenOptions): InboxConnection => {
  const database = openDatabase(file, options)
  // The acknowledgement promises that the delivery survives a power cut.
  let level: "FULL" | "NORMAL" = "FULL"
  database.pragma("synchronous = FULL")
  database.pragma(`cache_size = -${cacheKibibytes}`)
  database.pragma(`wal_autocheckpoint = ${checkpointPages}`)
  const at = (wanted: typeof level): void => {
    if (level === wanted) return
    database.pragma(`synchronous = ${wanted}`)
    level = wanted
  }
  const begin = database.prepare("BEGIN IMMEDIATE")
  const commit = database.prepare("COMMIT")
  const rollback = database.prepare("ROLLBACK")
  let fence: Fence | null = null
  const inTransaction = <A>(work: () => A): A => {
    begin.run()
    try {
      fence?.begin()
      const result = work()
      commit.run()
      return result
    } catch (error) {
      // A full disk rolls back by itself.
      if (database.inTransaction) rollback.run()
      throw error
    }
  }
  return {
    database,
    durably: (work) => {
      at("FULL")
      const result = inTransaction(work)
      fence?.confirm()
      return result
    },
    relaxed: (work) => {
      at("NORMAL")
      return inTransaction(work)
    },
    fence: (given) => {
      fence = given
    }
  }
}
