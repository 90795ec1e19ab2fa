/**
 * Writes to the inbox that are not deliveries: findings and notes of reconciliation, and the integration's own
 * writes.
 */
import type { CommitResult } from "../domain/CommitResult.js"
import type { PushedEvent, Snapshot } from "../domain/Event.js"
import type { EpochMillis, Timekeeper } from "../domain/Time.js"
import type { IncomingDelivery } from "./inbox/Delivery.js"
import type { InboxThread } from "./inbox/InboxThread.js"
import type { NoteName, NoteOperations } from "./inbox/ThreadMessages.js"
import type { Log } from "./operations/Log.js"
import type { Metrics } from "./operations/Metrics.js"
import { foundBody } from "./payloads/foundEvent.js"
import type { Quiescence } from "./Quiescence.js"

export interface DirectWrites {
  /** Puts an event that reconciliation found into the inbox. */
  readonly put: (source: string, event: PushedEvent) => Promise<CommitResult>
  /** Writes a note of reconciliation; on disk when it resolves. */
  readonly note: <Name extends NoteName>(what: Name, ...args: Parameters<NoteOperations[Name]>) => Promise<unknown>
  /** Notes a write of the integration itself, so that its event is known as an echo when it comes back. */
  readonly noteWrite: (source: string, entity: string, entityId: string, fields: Snapshot) => void
}

const quarantined = "what reconciliation found is in quarantine: it was not understood"
const notNoted = "a write of the integration's own could not be noted: its event will not be known as an echo"

const deliveryOf = (source: string, event: PushedEvent, receivedAt: EpochMillis): IncomingDelivery => ({
  source,
  origin: "reconciliation",
  receivedAt,
  body: foundBody(event),
  deliveryId: null,
  headers: {}
})

export const makeDirectWrites = (options: {
  readonly thread: Pick<InboxThread, "ask" | "put">
  readonly time: Timekeeper
  readonly metrics: Metrics
  readonly quiescence: Quiescence
  readonly log: Log
}): DirectWrites => {
  const { log, metrics, quiescence, thread, time } = options
  return {
    put: (source, event) =>
      quiescence.during(async () => {
        const result = await new Promise<CommitResult>((resolve) =>
          thread.put(deliveryOf(source, event, time.now()), (given) => {
            // At once, so that the state does not look settled in between.
            if (given === "stored") quiescence.expectState()
            resolve(given)
          })
        )
        const { entity, event: name } = event
        if (result === "stored")
          metrics.reconciled.inc({ source, entity, action: name.slice(name.lastIndexOf("_") + 1) })
        if (result === "quarantined") log("error", quarantined, { source, entity })
        return result
      }),
    note: (what, ...args) => quiescence.during(() => thread.ask(what, ...args)),
    noteWrite: (source, entity, entityId, fields) =>
      void thread
        .ask("noteWrite", source, entity, entityId, fields, time.now())
        .catch(() => log("warning", notNoted, { source }))
  }
}
