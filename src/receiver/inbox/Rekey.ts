/**
 * Seals every body anew with the first key, while no receiver runs. A crash at any point leaves each body sealed with a
 * key of the key file, and the next run goes on. A new key is on disk before it seals anything; the old key is put
 * aside when no body needs it.
 */
import { randomUUID } from "node:crypto"
import {
  type Database,
  holdsBodies,
  openDatabase,
  SealingKeyRows,
  StoreError,
  sealedTables,
  watchFile
} from "../../store/index.js"
import { type InboxFile, inboxRemedy, openInboxFile } from "./InboxFile.js"
import {
  type InboxKey,
  keyFileOf,
  makeKeyFile,
  newKeyText,
  readKeyFile,
  ringOf,
  wordsOf,
  writeKeys
} from "./KeyRing.js"
import { takeLease } from "./Lease.js"
import { ownInbox } from "./Owning.js"
import { keysFor, unnamedKey } from "./SealingKeys.js"

export interface Rekeyed {
  /** The id of the key that seals from now on. */
  readonly key: string
  /** Number of bodies sealed anew. */
  readonly bodies: number
  /** Number of bodies that no available key opens. */
  readonly lost: number
  /** Files with the earlier keys, for backups that need them; empty where a setting names the keys. */
  readonly keptIn: ReadonlyArray<string>
}

export interface RekeyOptions {
  readonly key?: InboxKey | undefined
  /** Goes on without lost keys: their deliveries are dead until such a key returns. */
  readonly giveUpLost: boolean
}

/** Rows in one transaction: some 30 ms. */
const slice = 500
/** A command waits longer for another process's write than a sender would. */
const busyTimeoutMs = 10_000

export const rekeyInbox = async (file: string, options: RekeyOptions): Promise<Rekeyed> => {
  const database = openDatabase(file, { mustExist: true, remedy: inboxRemedy, busyTimeoutMs })
  const token = randomUUID()
  try {
    // Nothing is changed where a receiver runs: it would go on sealing with the key that it knows.
    const lease = takeLease(database, file, token)
    try {
      if (options.giveUpLost) giveUp(database, file, options.key)
      else keysFor(database, file, { key: options.key, readOnly: true })
      addKey(file, options.key)
      const opened = openInboxFile(file, { busyTimeoutMs, ...(options.key === undefined ? {} : { key: options.key }) })
      try {
        return await owned(opened, file, token, () => sealAll(opened, file, options))
      } finally {
        opened.database.close()
      }
    } finally {
      lease.release()
    }
  } finally {
    database.close()
  }
}

const owned = async <A>(opened: InboxFile, file: string, token: string, work: () => Promise<A>): Promise<A> => {
  // Stays open for as long as the process: its connections to the database outlive this call.
  const { descriptor, identity } = watchFile(file)
  const owning = ownInbox(opened, { file, token, identity, descriptor, tell: () => undefined, wrote: () => undefined })
  try {
    return await work()
  } finally {
    owning.release()
  }
}

/** From now on the database opens without the expected keys that are missing. */
const giveUp = (database: Database, file: string, given: InboxKey | undefined): void => {
  const key = given ?? readKeyFile(file)
  const have = new Set(key === null ? [] : ringOf(key).keys.map(({ id }) => id))
  const known = SealingKeyRows.knownKeys(database)
  const lacking = known.length === 0 ? [unnamedKey] : known.filter((id) => !have.has(id))
  const mark = SealingKeyRows.giveUp(database)
  if (holdsBodies(database)) for (const id of lacking) mark.run({ id, at: Date.now() })
  if (key === null) makeKeyFile(file)
}

/** Puts a new key in front, unless a run that was cut off, or a person, has done so. */
const addKey = (file: string, given: InboxKey | undefined): void => {
  const key = given ?? readKeyFile(file)
  if (key === null || ringOf(key).keys.length > 1) return
  if (given === undefined) return writeKeys(keyFileOf(file), [newKeyText(), key.text.trim()])
  throw new StoreError(
    "key",
    `${key.place} holds one key: put a new one in front of it, with a comma between them, and run this again`
  )
}

const sealAll = async (opened: InboxFile, file: string, options: RekeyOptions): Promise<Rekeyed> => {
  let bodies = 0
  let lost = 0
  for (const table of sealedTables) {
    const step = sliceOf(opened, table, options.giveUpLost)
    for (let after: ReadonlyArray<unknown> | null = table.start; after !== null; ) {
      const from: ReadonlyArray<unknown> = after
      const done = opened.durably(() => step(from))
      bodies += done.bodies
      lost += done.lost
      after = done.next
      // Lets the lease's heartbeat run.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const [current, ...before] = ringOf(opened.key).keys
  const remove = SealingKeyRows.remove(opened.database)
  opened.durably(() => {
    for (const { id } of before) remove.run(id)
    if (lost === 0) SealingKeyRows.removeOthers(opened.database).run(current!.id)
  })
  return { key: current!.id, bodies, lost, keptIn: options.key === undefined ? putAside(file, opened.key) : [] }
}

/** One slice of a table, in a transaction. */
const sliceOf = ({ database, sealed }: InboxFile, table: SealingKeyRows.SealedTable, giveUpLost: boolean) => {
  const { columns, keys } = table
  const rowsBehind = SealingKeyRows.slices(database, table, slice)
  const update = SealingKeyRows.updateBodies(database, table)
  return (after: ReadonlyArray<unknown>) => {
    const rows = rowsBehind(after)
    let bodies = 0
    let lost = 0
    for (const row of rows) {
      const before = bodies
      const opens = columns.map((column): boolean => {
        const body = row[column] as Buffer | null
        if (body === null || sealed.current(body)) return true
        try {
          row[column] = sealed.seal(sealed.open(body))
        } catch (error) {
          if (!(error instanceof StoreError) || error.reason !== "key") throw error
          lost += 1
          return false
        }
        bodies += 1
        return true
      })
      if (bodies > before) update.run(row)
      if (giveUpLost && opens.includes(false)) SealingKeyRows.setAside(database, table.table, row)
    }
    const last = rows.at(-1)
    return { bodies, lost, next: last === undefined ? null : keys.map((key) => last[key]) }
  }
}

/** The key file keeps the new key; earlier keys go into files of their own. */
const putAside = (file: string, key: InboxKey): ReadonlyArray<string> => {
  const [current, ...before] = wordsOf(key.text)
  const [, ...ring] = ringOf(key).keys
  const place = keyFileOf(file)
  const kept = before.map((word, at) => {
    const old = `${place}.${ring[at]!.id}`
    writeKeys(old, [word])
    return old
  })
  if (before.length > 0) writeKeys(place, [current!])
  return kept
}
