/**
 * One mirror answers from a database at a time: a second one would not know of the writes through the first. A mirror
 * that was stopped (SIGSTOP) and replaced lets all requests through when it goes on.
 */
import { randomUUID } from "node:crypto"
import { isLeaseFree, type Lease, leaseTimes, mirrorRole, takeLease } from "../receiver/index.js"
import { explain, openDatabase } from "../store/index.js"

export interface Ownership {
  /** Whether no other mirror can have taken over: it could renew its lease lately. */
  readonly isValid: () => boolean
  readonly release: () => void
}

/** How long a beat waits for another process's write: every request waits meanwhile. */
const lockedForMs = 250

export interface OwnershipChanges {
  /** Another mirror has taken over; with the reason. */
  readonly onLost: (reason: string) => void
  /** The other one has ended, and this mirror has the state again: what the other one has noted counts from now on. */
  readonly onRegained: () => void
}

/** Throws a `StoreError` where another mirror answers from the database. */
export const ownState = (file: string, { onLost, onRegained }: OwnershipChanges): Ownership => {
  const database = openDatabase(file, { mustExist: true, busyTimeoutMs: lockedForMs })
  const take = (waits: boolean): Lease => takeLease(database, file, randomUUID(), mirrorRole, waits)
  const takeFirst = (): Lease => {
    try {
      return take(true)
    } catch (error) {
      database.close()
      throw explain(error, file)
    }
  }
  let lease: Lease | null = takeFirst()
  let heldAt = Number.NEGATIVE_INFINITY
  const hold = database.transaction(() => {
    lease?.assertHeld()
    lease?.beat()
  })
  const regain = (): void => {
    if (lease !== null || !isLeaseFree(database, mirrorRole)) return
    const taken = take(false)
    try {
      onRegained()
    } catch (error) {
      taken.release()
      throw error
    }
    lease = taken
  }
  const beat = (): void => {
    // It counts from before the write: a process that was stopped during it has lost as much of its time.
    const askedAt = performance.now()
    try {
      regain()
      if (lease === null) return
      hold.immediate()
      heldAt = askedAt
    } catch (error) {
      const { message, reason } = explain(error, file)
      // Another process writes: the next beat tells, and meanwhile the lease may run out.
      if (reason !== "owned" || lease === null) return
      lease = null
      heldAt = Number.NEGATIVE_INFINITY
      onLost(message)
    }
  }
  const beating = setInterval(beat, leaseTimes.beatEveryMs)
  beating.unref()
  beat()
  return {
    isValid: () => performance.now() - heldAt < leaseTimes.validMs,
    release: () => {
      clearInterval(beating)
      try {
        lease?.release()
      } catch {
        // The database cannot be written to: the row is of a process that will be gone.
      }
      database.close()
    }
  }
}
