/** Commits waiting deliveries, each round of them in one transaction. */
import { explain } from "../../store/index.js"
import type { Inbox } from "./Inbox.js"
import { codesOf, deliveriesOf, type Put } from "./PutBatch.js"
import { steadyNow } from "./SteadyClock.js"
import type { ThreadReply } from "./ThreadMessages.js"

export interface Commits {
  readonly add: (put: Put) => void
  readonly waiting: () => boolean
  /** One transaction; reports the outcome of each delivery. */
  readonly commit: () => Committed
}

export interface Committed {
  readonly deliveries: number
  /** The listener's clock when the last delivery was sent. */
  readonly now: number
  /** Some deliveries are in the inbox, or may be: a commit can fail behind the moment in which it took place. */
  readonly mayHaveStored: boolean
}

/** Most deliveries of a transaction: some 60 ms. */
const atOnce = 1_024

export const makeCommits = (inbox: Inbox, say: (reply: ThreadReply) => void): Commits => {
  let puts: Array<Put> = []

  /** As many whole batches as fit into one transaction. */
  const take = (): ReadonlyArray<Put> => {
    let count = 0
    const batches = puts.filter(({ heads }) => {
      const taken = count < atOnce
      if (taken) count += heads.length
      return taken
    })
    puts = puts.slice(batches.length)
    return batches
  }

  const refuse = (batches: ReadonlyArray<Put>, error: unknown): void => {
    const { reason } = explain(error, "the inbox")
    // Another process's lock goes away; a full or broken disk does not within seconds.
    const stay = reason === "locked" ? batches.filter(({ giveUpAt }) => giveUpAt > steadyNow()) : []
    for (const { batch } of batches.filter((one) => !stay.includes(one))) say({ kind: "notPut", batch, reason })
    if (stay.length > 0) say({ kind: "refused", reason })
    puts = [...stay, ...puts]
  }

  return {
    add: (put) => void puts.push(put),
    waiting: () => puts.length > 0,
    commit: () => {
      const batches = take()
      const from = performance.now()
      const deliveries = batches.flatMap(deliveriesOf)
      let mayHaveStored = true
      try {
        const results = inbox.putAll(deliveries)
        if (results.includes("unavailable")) say({ kind: "refused", reason: "damaged" })
        const seconds = (performance.now() - from) / 1000
        mayHaveStored = results.includes("stored")
        let at = 0
        for (const { batch, heads } of batches) {
          say({ kind: "put", batch, outcomes: codesOf(results.slice(at, at + heads.length)), seconds })
          at += heads.length
        }
      } catch (error) {
        refuse(batches, error)
      }
      return { deliveries: deliveries.length, now: batches.at(-1)!.now, mayHaveStored }
    }
  }
}
