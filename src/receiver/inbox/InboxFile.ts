/** The inbox's connection to its file, with what every part of it needs: statements, seals, and two kinds of durability. */
import { type Policy, policy } from "../../policy/index.js"
import { freshdesk, type Provider } from "../../providers/index.js"
import { type Database, openDatabase } from "../../store/index.js"
import type { InboxKey } from "./KeyRing.js"
import { makeSeal, type Seal } from "./SealedBodies.js"
import { keysFor } from "./SealingKeys.js"

export interface InboxOptions {
  readonly salt?: string
  readonly mustExist?: boolean
  /** The keys of sealed bodies, where a setting names them; else they are in the file beside the database. */
  readonly key?: InboxKey | undefined
  /** How long to wait for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number
  /** Whose source it is, for reading bodies and for what an entity's change moves; Freshdesk unless said. */
  readonly providerOf?: (source: string) => Provider | null
  readonly policy?: Policy | undefined
  /** The integration's own user at the provider, by source. */
  readonly serviceAccountOf?: (source: string) => string | null
}

export interface InboxFile {
  readonly database: Database
  readonly sealed: Seal
  readonly key: InboxKey
  readonly policy: Policy
  readonly providerOf: (source: string) => Provider | null
  readonly serviceAccountOf: (source: string) => string | null
  readonly sealJson: (value: unknown) => Buffer
  readonly openText: (blob: Uint8Array) => string
  /** In one transaction, on disk when this returns: what acknowledges a delivery. */
  readonly durably: <A>(work: () => A) => A
  /**
   * In one transaction without an fsync of its own, for what a power cut may undo because it is done again from the
   * deliveries. What acknowledges a delivery never goes through here.
   */
  readonly relaxed: <A>(work: () => A) => A
  /** From now on each transaction begins with one check, and each durable one is confirmed by another behind it. */
  readonly fence: (fence: Fence) => void
}

/** Both throw where this process may not write any more. */
export interface Fence {
  /** In the transaction, before its work. */
  readonly begin: () => void
  /** Once it is on disk, and before anybody is told. */
  readonly confirm: () => void
}

/** Pages of the WAL before it is folded into the database, some 65 MB: folding more often makes senders wait. */
const checkpointPages = 16_000

/** Pages kept in memory: without it the upper levels of the indexes are read again and again. */
const cacheKibibytes = 64 * 1024

export const openInboxFile = (file: string, options: InboxOptions): InboxFile => {
  const database = openDatabase(file, { busyTimeoutMs: 250, ...options })
  // The acknowledgement promises that the delivery survives a power cut.
  let level: "FULL" | "NORMAL" = "FULL"
  database.pragma("synchronous = FULL")
  database.pragma(`cache_size = -${cacheKibibytes}`)
  database.pragma(`wal_autocheckpoint = ${checkpointPages}`)
  let key: ReturnType<typeof keysFor>
  try {
    // Commands that need the database to be there make no key either.
    key = keysFor(database, file, { key: options.key, readOnly: options.mustExist === true })
  } catch (error) {
    database.close()
    throw error
  }
  const sealed = makeSeal(key)
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
    sealed,
    key,
    policy: options.policy ?? policy,
    providerOf: options.providerOf ?? (() => freshdesk),
    serviceAccountOf: options.serviceAccountOf ?? (() => null),
    sealJson: (value) => sealed.seal(Buffer.from(JSON.stringify(value))),
    openText: (blob) => sealed.open(blob).toString("utf8"),
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
