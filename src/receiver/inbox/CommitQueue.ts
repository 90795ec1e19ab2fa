/**
 * Deliveries on their way to the disk. The deliveries of a turn go to the inbox's thread together, and it commits all
 * that have arrived in one transaction. Beyond a bound of waiting deliveries, or of their bytes, the next delivery is
 * refused at once. Deliveries that are not on disk by the deadline are refused then.
 */
import type { CommitResult } from "../../domain/CommitResult.js"
import type { IncomingDelivery } from "./Delivery.js"
import { steadyNow } from "./SteadyClock.js"
import { type DeliveryHead, outcomes } from "./ThreadMessages.js"

export interface CommitQueue {
  readonly put: (delivery: IncomingDelivery, done: (result: CommitResult) => void) => void
  readonly waiting: () => number
  readonly committed: (batch: number, codes: Uint8Array) => void
  /** The batch is not on disk, or its outcome is unknown. */
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
 * Most deliveries of a message. With a whole turn in one message the two threads would wait for each other: all answers
 * would come at once, and so would all next deliveries.
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

  /** Refuses overdue deliveries. If they are stored later, no harm is done: after a 503 the sender sends them again. */
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
    if (gathering.length === 0) return // sent already with a full batch
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
