/** What goes into the inbox, what comes out of it, and what it knows of entities. */
import type { Origin, PushedEvent } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { DeliveryState } from "../../store/index.js"

export interface IncomingDelivery {
  readonly source: string
  readonly origin: Origin
  readonly receivedAt: EpochMillis
  readonly body: Buffer
  /** The sender's own id of it, or the hash of its signed bytes, where its profile goes by that: the same for each try. */
  readonly deliveryId: string | null
  /** Headers that the body's reading depends on; most senders' bodies tell by themselves. */
  readonly headers: Readonly<Record<string, string>>
}

/** A row of `hookshift inbox list`. */
export interface InboxLine {
  readonly id: number
  readonly source: string
  readonly origin: Origin
  readonly event: string | null
  readonly entity: string | null
  readonly entityId: string | null
  readonly updatedAt: string | null
  readonly receivedAt: string
  readonly state: DeliveryState
  readonly duplicates: number
  /** `null` where the body cannot be read; `unreadable` says why. */
  readonly bodySha256: string | null
  readonly unreadable: string | null
}

export interface Applied {
  readonly deliveryId: number
  readonly source: string
  readonly event: PushedEvent
  readonly origin: Origin
  /** The event is older than what is known; it changed nothing. */
  readonly late: boolean
  /** Another event had told of the change already: this one is not handed over. */
  readonly duplicate: boolean
}

/** A delivery that waits for what it lacks. */
export interface Bare {
  readonly id: number
  readonly source: string
  readonly event: PushedEvent
}

/** An event for the handler; `body` is the `WebhookEvent` as JSON. */
export interface ToHandOver {
  readonly deliveryId: number
  readonly attempts: number
  readonly eventId: string
  readonly source: string
  readonly entity: string
  readonly entityId: string
  readonly body: string
}
