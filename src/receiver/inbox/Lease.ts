/**
 * The lease on an inbox, or on the state that a mirror answers from: one process owns it at a time. It is a row with a
 * heartbeat. Every write transaction of the owner checks the row first: an owner that was stopped (SIGSTOP) and
 * replaced writes nothing when it goes on. After a crash the row stays. It is taken over at once if its process is
 * known to be gone, else when its heartbeat stands still. Plain and synchronous, in the owner's thread.
 */
import { type Database, explain, filesAt, OwnerRow, StoreError, sleepMs } from "../../store/index.js"
import { type Holder, stateOf, thisProcess } from "./Holder.js"
import { steadyNow } from "./SteadyClock.js"

export interface Lease {
  /** The owner before, where the lease was taken over. */
  readonly tookOver: string | null
  /** In a write transaction: throws an `owned` error where another receiver has taken over. */
  readonly assertHeld: () => void
  /** In a write transaction. */
  readonly beat: () => void
  readonly release: () => void
}

export const leaseTimes = {
  beatEveryMs: 2_000,
  /**
   * After its last heartbeat the owner hands events over for so long: less than `expiresMs`, after which others take
   * over.
   */
  validMs: 6_000,
  expiresMs: OwnerRow.expiresMs,
  lookEveryMs: 200,
  /** How long another process's write is waited for; it says nothing about the owner. */
  lockedForMs: 10_000
} as const

/** The kind of owner that a lease is for. */
export interface LeaseRole {
  readonly table: OwnerRow.OwnerTable
  /** `receiver` */
  readonly holder: string
  /** The part of a database that belongs to it. */
  readonly what: (file: string) => string
  readonly remedy: string
}

const inboxRole: LeaseRole = {
  table: "inbox_owner",
  holder: "receiver",
  what: (file) => `the inbox ${file}`,
  remedy: "stop that one first, or name another database with --db"
}

export const mirrorRole: LeaseRole = {
  table: "mirror_owner",
  holder: "mirror",
  what: (file) => `the state in ${file}`,
  remedy: "stop that one first, since neither would know of the writes through the other"
}

type Row = OwnerRow.Owner

/** `token` names one receiver: a thread that is started again goes on with the same lease. */
export const takeLease = (
  database: Database,
  file: string,
  token: string,
  role: LeaseRole = inboxRole,
  /** Whether a locked database, or a heartbeat that stands still, is waited for. */
  waits = true
): Lease => {
  const here = thisProcess()
  const itself = filesAt(file, [""])?.identity ?? ""
  const findOwner = OwnerRow.findOwner(database, role.table)
  const findToken = OwnerRow.findToken(database, role.table)
  const putOwner = OwnerRow.putOwner(database, role.table)
  const beat = OwnerRow.beat(database, role.table)
  const removeOwner = OwnerRow.removeOwner(database, role.table)

  /** The heartbeat as it was first seen, and when. */
  let still: { readonly token: string; readonly beat: number; readonly at: number } | null = null

  /** In a write transaction, so that two receivers take turns. */
  const tryOnce = (): { readonly from: Row | null } | null => {
    const row = findOwner.get()
    const taken = (from: Row | null) => {
      putOwner.run({ ...here, file: itself, token, at: Date.now() })
      return { from }
    }
    if (row === undefined || row.token === token) return taken(null)
    // The row came with a copy of the file: its owner has the original.
    if (row.place === here.place && row.file !== itself) return taken(null)
    const state = stateOf(row, here)
    if (state === "gone") return taken(row)
    // One machine has one clock: no need to wait for the next heartbeat. A process may go on without its receiver.
    const fresh = row.place === here.place && Math.abs(Date.now() - row.beatAt) < leaseTimes.validMs
    if (fresh && state !== "stopped") throw ownedBy(file, row, role)
    if (still !== null && (still.token !== row.token || still.beat !== row.beat)) throw ownedBy(file, row, role)
    still ??= { token: row.token, beat: row.beat, at: steadyNow() }
    return steadyNow() - still.at >= leaseTimes.expiresMs ? taken(row) : null
  }

  const lockedUntil = steadyNow() + (waits ? leaseTimes.lockedForMs : 0)
  let outcome: ReturnType<typeof tryOnce> = null
  while (outcome === null) {
    try {
      outcome = database.transaction(tryOnce).immediate()
    } catch (error) {
      // The owner could not write its heartbeat either.
      if (explain(error, file).reason !== "locked") throw error
      if (steadyNow() >= lockedUntil) throw lockedBy(file, findOwner.get(), here, role)
      still = null
    }
    const row = outcome === null ? findOwner.get() : undefined
    if (!waits && row !== undefined) throw ownedBy(file, row, role)
    if (outcome === null) sleepMs(leaseTimes.lookEveryMs)
  }

  return {
    tookOver: outcome.from === null ? null : nameOf(outcome.from),
    assertHeld: () => {
      if (findToken.get() === token) return
      const row = findOwner.get()
      throw row === undefined
        ? new StoreError("owned", `this ${role.holder}'s lease on ${role.what(file)} was taken away: start it again`)
        : ownedBy(file, row, role)
    },
    beat: () => void beat.run(Date.now()),
    release: () => void removeOwner.run(token)
  }
}

/** Whether nothing has to be waited for: the owner has given it back, or its process is gone. */
export const isLeaseFree = (database: Database, { table }: LeaseRole): boolean => {
  const row = OwnerRow.findOwner(database, table).get()
  return row === undefined || stateOf(row, thisProcess()) === "gone"
}

/** Reading needs no lock: a process that was stopped in the middle of a write can be named. */
const lockedBy = (file: string, row: Row | undefined, here: Holder, { holder }: LeaseRole): StoreError => {
  const stopped = row !== undefined && stateOf(row, here) === "stopped"
  return new StoreError(
    "locked",
    stopped
      ? `${file} is locked by another ${holder}, ${nameOf(row)}, which is stopped in the middle of a write: continue it or kill it, then run again`
      : `${file} is locked by another program${row === undefined ? "" : `, perhaps the ${holder} of ${nameOf(row)}`}: close it, then run again`
  )
}

const nameOf = (row: Row): string => `process ${row.pid} on ${row.host}`

const ownedBy = (file: string, row: Row, { holder, remedy, what }: LeaseRole): StoreError =>
  new StoreError(
    "owned",
    `${what(file)} belongs to another ${holder}, ${nameOf(row)}, since ${new Date(row.since).toISOString()}: ${remedy}`
  )
