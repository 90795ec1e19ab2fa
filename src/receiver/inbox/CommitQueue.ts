/**
 * What waits for the disk: each turn's deliveries go to the inbox's thread together, and it commits all that are there
 * in one transaction. The answer waits for the disk, and beyond a bound of waiting deliveries, or of their bytes, the next
 * one is refused at once; what the disk has not taken by the deadline is refused then.
 */
import type { CommitResult } from "../../domain/CommitResult.js"
import type { IncomingDelivery } from "./Delivery.js"
import { steadyNow } from "./SteadyClock.js"
import { type DeliveryHead, outcomes } from "./ThreadMessages.js"

export interface CommitQueue {
  readonly put: (delivery: IncomingDelivery, done: (result: CommitResult) => void) => void
  readonly waiting: () => number
  readonly committed: (batch: number, codes: Uint8Array) => void
  /** None of the batch is on disk, or nobody knows. */
  readonly refused: (batch: number) => void
  readonly refuseAll: () => void
}

export interface CommitQueueOptions {
  readonly deadlineMs: number
  /** Deliveries that may wait: at 2 KB each some 20 MB, and two seconds of work. */
  readonly most?: number
  readonly mostBytes?: number
  readonly send: (batch: number, heads: ReadonlyArray<DeliveryHead>, bytes: Uint8Array, giveUpAt: number) => void
}

interface Entry {
  readonly delivery: IncomingDelivery
  done: ((result: CommitResult) => void) | null
}

interface Batch {
  readonly entries: ReadonlyArray<Entry>
  readonly bytes: number
  readonly giveUpAt: number
}

/**
 * Deliveries that travel together at the most: with all of a turn in one message the two threads would wait for each other,
 * as everybody's answer would come at once, and everybody's next delivery.
 */
const sentTogether = 16

export const makeCommitQueue = (options: CommitQueueOptions): CommitQueue => {
  const { deadlineMs, most = 10_000, mostBytes = 64 * 1024 * 1024, send } = options
  const batches = new Map<number, Batch>()
  let gathering: Array<Entry> = []
  let gatheredBytes = 0
  let waiting = 0
  let waitingBytes = 0
  let sent = 0
  let timer: NodeJS.Timeout | null = null

  const finish = (batch: number, resultOf: (index: number) => CommitResult): void => {
    const known = batches.get(batch)
    if (known === undefined) return
    batches.delete(batch)
    waiting -= known.entries.length
    waitingBytes -= known.bytes
    for (const [index, entry] of known.entries.entries()) entry.done?.(resultOf(index))
  }

  /** Refuses what is overdue; whether it is stored later makes no difference to who was told 503: it is sent again. */
  const expire = (): void => {
    timer = null
    const now = steadyNow()
    for (const { entries, giveUpAt } of batches.values()) {
      if (giveUpAt > now) {
        arm(giveUpAt - now)
        return
      }
      for (const entry of entries) {
        entry.done?.("unavailable")
        entry.done = null
      }
    }
  }
  const arm = (ms: number): void => {
    if (timer === null) timer = setTimeout(expire, ms + 1)
  }

  const flush = (): void => {
    if (gathering.length === 0) return // gone already, with others of its turn
    const entries = gathering
    const bytes = Buffer.allocUnsafeSlow(gatheredBytes)
    const batch = ++sent
    const giveUpAt = steadyNow() + deadlineMs
    batches.set(batch, { entries, bytes: gatheredBytes, giveUpAt })
    gathering = []
    gatheredBytes = 0
    let at = 0
    const heads = entries.map(({ delivery: { body, ...head } }) => {
      body.copy(bytes, at)
      at += body.length
      return { ...head, length: body.length }
    })
    arm(deadlineMs)
    send(batch, heads, bytes, giveUpAt)
  }

  return {
    put: (delivery, done) => {
      const { length } = delivery.body
      if (waiting >= most || (waiting > 0 && waitingBytes + length > mostBytes)) return done("unavailable")
      waiting += 1
      waitingBytes += length
      gatheredBytes += length
      gathering.push({ delivery, done })
      if (gathering.length === 1) setImmediate(flush)
      else if (gathering.length === sentTogether) flush()
    },
    waiting: () => waiting,
    committed: (batch, codes) => finish(batch, (index) => outcomes[codes[index]!]!),
    refused: (batch) => finish(batch, () => "unavailable"),
    refuseAll: () => {
      for (const batch of [...batches.keys()]) finish(batch, () => "unavailable")
    }
  }
}
