/**
 * Opens the database file: WAL, numbered migrations, and a sentence for every fault (StoreError.ts). Plain and
 * synchronous, since the recorder's thread and the receiver's commit loop use it as it is.
 */
import { createHash, randomBytes } from "node:crypto"
import { existsSync, readFileSync, statSync } from "node:fs"
import Sqlite from "better-sqlite3"
import { requireSupportedNode } from "../domain/SupportedNode.js"
import { initial } from "./migrations/0001_initial.js"
import { anyRecording } from "./migrations/0002_any_recording.js"
import { fourProducts } from "./migrations/0003_four_products.js"
import { analysis } from "./migrations/0004_analysis.js"
import { receiver } from "./migrations/0005_receiver.js"
import { bulkRecords } from "./migrations/0006_bulk_records.js"
import { reconciliation } from "./migrations/0007_reconciliation.js"
import { otherHosts } from "./migrations/0008_other_hosts.js"
import { imports } from "./migrations/0009_imports.js"
import { inboxOwner } from "./migrations/0010_inbox_owner.js"
import { sealingKeys } from "./migrations/0011_sealing_keys.js"
import { tells } from "./migrations/0012_tells.js"
import { presence } from "./migrations/0013_presence.js"
import { mirror } from "./migrations/0014_mirror.js"
import { pushes } from "./migrations/0015_pushes.js"
import { pushSlots } from "./migrations/0016_push_slots.js"
import { lostPushes } from "./migrations/0017_lost_pushes.js"
import { mirrorCallers } from "./migrations/0018_mirror_callers.js"
import { mirrorOwner } from "./migrations/0019_mirror_owner.js"
import { deliversSince } from "./migrations/0020_delivers_since.js"
import { keepPrivate, makePrivate } from "./PrivateFile.js"
import { explain, StoreError } from "./StoreError.js"

const migrations: ReadonlyArray<string> = [
  initial,
  anyRecording,
  fourProducts,
  analysis,
  receiver,
  bulkRecords,
  reconciliation,
  otherHosts,
  imports,
  inboxOwner,
  sealingKeys,
  tells,
  presence,
  mirror,
  pushes,
  pushSlots,
  lostPushes,
  mirrorCallers,
  mirrorOwner,
  deliversSince
]

/** "hook" in ASCII: tells a hookshift database from another program's. */
const applicationId = 0x686f6f6b

export interface OpenOptions {
  /** Fails on a file that does not exist instead of making one. */
  readonly mustExist?: boolean
  /** Of a file that must exist: how it comes to be, for the sentence that it is missing. */
  readonly remedy?: string
  /** Nothing is written that must stay: a file that may not be written to is read as it is. */
  readonly readsOnly?: boolean
  /** How long to wait for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number
  /** The salt of a new database: random unless a reproducible run asks for a stated one. */
  readonly salt?: string
}

export type Database = Sqlite.Database

export const openDatabase = (file: string, options: OpenOptions = {}): Database => {
  if (options.mustExist === true) {
    const { remedy = "record something first" } = options
    if (!existsSync(file))
      throw new StoreError("missing", `there is no database at ${file}: ${remedy}, or name another with --db`)
    if (staysEmpty(file)) throw new StoreError("missing", `${file} is empty: ${remedy}, or name another file with --db`)
  }
  requireSupportedNode()
  const waitMs = options.busyTimeoutMs ?? 10_000
  const giveUpAt = performance.now() + waitMs
  for (;;) {
    let database: Database | undefined
    try {
      ownFiles(file)
      database = keepStatements(new Sqlite(file, { timeout: waitMs }))
      const opened = database
      // In one snapshot: another process may be making the tables right now.
      opened.transaction(() => refuseForeign(opened, file)).deferred()
      if (database.pragma("journal_mode", { simple: true }) !== "wal") database.pragma("journal_mode = WAL")
      database.pragma("synchronous = NORMAL")
      migrate(database, file, options.salt)
      return database
    } catch (error) {
      database?.close()
      const failure = explain(error, file)
      const readable = options.readsOnly === true && isUnwritable(failure) ? copyAtRest(file) : null
      if (readable !== null) return readable
      // SQLite does not wait when two processes switch a new file to WAL at once: so this does.
      if (failure.reason !== "locked" || performance.now() >= giveUpAt) throw failure
      sleepMs(20)
    }
  }
}

const isUnwritable = ({ reason }: StoreError): boolean => reason === "readOnly" || reason === "io"

/** Largest database that is read into memory, in bytes. */
const largestAtRest = 512 * 1024 * 1024
/** Where a database file's header says whether it has a write-ahead log: 2, or 1 for a rollback journal. */
const journalBytes = [18, 19]

/**
 * A copy in memory of a database of the present format that may not be written to, so that no log can be shared with
 * it; what is written to the copy goes with it. `null` for any other, and for a file with a log of its own.
 */
const copyAtRest = (file: string): Database | null => {
  if (existsSync(`${file}-wal`) || statSync(file).size > largestAtRest) return null
  let database: Database | undefined
  try {
    const bytes = readFileSync(file)
    for (const place of journalBytes) bytes[place] = 1
    database = keepStatements(new Sqlite(bytes))
    refuseForeign(database, file)
    if (database.pragma("user_version", { simple: true }) === migrations.length) return database
    database.close()
    return null
  } catch (error) {
    database?.close()
    if (error instanceof StoreError) throw error
    return null
  }
}

/** How long a file may be without a byte while another process makes the database, in milliseconds. */
const madeWithinMs = 500

/** A file without a byte that no process is about to make a database of. */
const staysEmpty = (file: string): boolean => {
  const giveUpAt = performance.now() + madeWithinMs
  const isEmpty = () => {
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats?.isFile() === true && stats.size === 0
  }
  while (isEmpty()) {
    if (performance.now() >= giveUpAt) return true
    sleepMs(20)
  }
  return false
}

/** Holds this thread up. */
export const sleepMs = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** SQLite gives the log and the shared memory beside a file the file's own rights. */
const ownFiles = (file: string): void => {
  if (file === "" || file === ":memory:" || file.startsWith("file:")) return
  try {
    makePrivate(file)
    for (const ending of ["", "-wal", "-shm"]) keepPrivate(file + ending)
  } catch {
    // SQLite will fail on the file for the same reason, with a code that `explain` knows.
  }
}

/** Prepares each SQL text once a connection; a pragma without an answer needs no statement. */
const keepStatements = (database: Database): Database => {
  const statements = new Map<string, Sqlite.Statement>()
  const prepare = database.prepare.bind(database) as (sql: string) => Sqlite.Statement
  const prepareOnce = (sql: string): Sqlite.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const pragma = (text: string, options?: Sqlite.PragmaOptions): unknown => {
    if (options?.simple !== true) return void database.exec(`PRAGMA ${text}`)
    return prepareOnce(`PRAGMA ${text}`).pluck().get()
  }
  return Object.assign(database, { prepare: prepareOnce, pragma })
}

const refuseForeign = (database: Database, file: string): void => {
  const id = database.pragma("application_id", { simple: true })
  const version = database.pragma("user_version", { simple: true }) as number
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number
  if (id !== applicationId && (id !== 0 || version !== 0 || tables > 0)) {
    throw new StoreError("otherProgram", `${file} belongs to another program: name a file of hookshift's own with --db`)
  }
  if (version > migrations.length) {
    throw new StoreError(
      "newer",
      `${file} was written by a newer hookshift (format ${version}, this one knows ${migrations.length}): update hookshift, or name another file with --db`
    )
  }
}

/** All pending migrations in one transaction: an interruption leaves the old state, two processes take turns. */
const migrate = (database: Database, file: string, salt: string | undefined): void => {
  const version = () => database.pragma("user_version", { simple: true }) as number
  if (version() === migrations.length) return
  database
    .transaction(() => {
      // Another process may have been here while this one waited for the lock.
      refuseForeign(database, file)
      const from = version()
      for (const migration of migrations.slice(from)) database.exec(migration)
      if (from === 0) {
        database.pragma(`application_id = ${applicationId}`)
        database
          .prepare("INSERT INTO meta (key, value) VALUES ('salt', ?)")
          .run(salt === undefined ? randomBytes(16).toString("hex") : statedSalt(salt))
      }
      database.pragma(`user_version = ${migrations.length}`)
    })
    .immediate()
}

/**
 * Copies a database that others may be writing to, consistently. No file may be at `to` yet; a failure names it
 * `named`.
 */
export const copyDatabase = (from: string, to: string, named = to): void => {
  const database = openDatabase(from, { mustExist: true })
  try {
    database.prepare("VACUUM INTO ?").run(to)
  } catch (error) {
    throw explain(error, named)
  } finally {
    database.close()
  }
}

/** A new database's salt by the text that states it. */
export const statedSalt = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32)

export const saltOf = (database: Database): string =>
  database.prepare("SELECT value FROM meta WHERE key = 'salt'").pluck().get() as string
