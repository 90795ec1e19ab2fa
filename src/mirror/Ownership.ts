/**
 * One mirror answers from a database at a time: a second one would not know of the writes through the first. A mirror
 * that was stopped (SIGSTOP) and replaced lets all requests through when it goes on.
 */
import { randomUUID } from "node:crypto"
import { leaseTimes, mirrorRole, takeLease } from "../receiver/index.js"
import { explain, openDatabase } from "../store/index.js"

export interface Ownership {
  /** Whether no other mirror can have taken over: it could renew its lease lately. */
  readonly isValid: () => boolean
  readonly release: () => void
}

/** How long a beat waits for another process's write: every request waits meanwhile. */
const lockedForMs = 250

/** Throws a `StoreError` where another mirror answers from the database. `onLost` is called once, with the reason. */
export const ownState = (file: string, onLost: (reason: string) => void): Ownership => {
  const database = openDatabase(file, { mustExist: true, busyTimeoutMs: lockedForMs })
  const take = () => {
    try {
      return takeLease(database, file, randomUUID(), mirrorRole)
    } catch (error) {
      database.close()
      throw explain(error, file)
    }
  }
  const lease = take()
  let heldAt = Number.NEGATIVE_INFINITY
  const held = database.transaction(() => {
    lease.assertHeld()
    lease.beat()
  })
  const beat = () => {
    // It counts from before the write: a process that was stopped during it has lost as much of its time.
    const askedAt = performance.now()
    try {
      held.immediate()
      heldAt = askedAt
    } catch (error) {
      const { message, reason } = explain(error, file)
      // Another process writes: the next beat tells, and meanwhile the lease may run out.
      if (reason !== "owned") return
      clearInterval(beating)
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
        lease.release()
      } catch {
        // The database cannot be written to: the row is of a process that will be gone.
      }
      database.close()
    }
  }
}
