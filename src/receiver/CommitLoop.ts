/**
 * Group commit: whatever arrived while the last transaction was on its way to the disk goes into the next. The answer
 * waits for the disk, and beyond a bound of waiting deliveries the next one is refused at once.
 */
import type { Timekeeper } from "../domain/Time.js"
import { explain } from "../store/index.js"
import type { IncomingDelivery, PutResult } from "./Delivery.js"
import type { Inbox } from "./Inbox.js"

export type CommitResult = PutResult | "unavailable"

export interface CommitLoop {
  readonly put: (delivery: IncomingDelivery, done: (result: CommitResult) => void) => void
  readonly waiting: () => number
}

interface Waiting {
  readonly delivery: IncomingDelivery
  readonly done: (result: CommitResult) => void
  readonly giveUpAt: number
}

/** Deliveries that may wait for the disk: at 2 KB each some 20 MB, and two seconds of work. */
const maxWaiting = 10_000
const maxBatch = 512
const lockedRetryMs = 50

export const makeCommitLoop = (
  inbox: Inbox,
  ackDeadlineMs: number,
  time: Timekeeper,
  onFailure: (reason: string) => void
): CommitLoop => {
  let waiting: Array<Waiting> = []
  let scheduled = false

  const schedule = (): void => {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    setImmediate(commit)
  }

  const commit = (): void => {
    scheduled = false
    const batch = waiting.splice(0, maxBatch)
    let results: ReadonlyArray<PutResult>
    try {
      results = inbox.putAll(batch.map((entry) => entry.delivery))
    } catch (error) {
      const { reason } = explain(error, "the inbox")
      onFailure(reason)
      // Somebody else's lock goes away; a full or broken disk does not within seconds.
      const stay = reason === "locked" ? batch.filter((entry) => entry.giveUpAt > time.now()) : []
      waiting = [...stay, ...waiting]
      for (const entry of batch) if (!stay.includes(entry)) entry.done("unavailable")
      if (waiting.length > 0) {
        scheduled = true
        setTimeout(commit, lockedRetryMs)
      }
      return
    }
    for (let index = 0; index < batch.length; index++) batch[index]!.done(results[index]!)
    schedule()
  }

  return {
    put: (delivery, done) => {
      if (waiting.length >= maxWaiting) return done("unavailable")
      waiting.push({ delivery, done, giveUpAt: time.now() + ackDeadlineMs })
      schedule()
    },
    waiting: () => waiting.length
  }
}
