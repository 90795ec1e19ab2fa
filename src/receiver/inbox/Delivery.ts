/** Deliveries as they enter the inbox, are listed, applied and handed over. */
import type { Origin, PushedEvent } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { DeliveryState } from "../../store/index.js"

export interface IncomingDelivery {
  readonly source: string
  readonly origin: Origin
  readonly receivedAt: EpochMillis
  readonly body: Buffer
  /** The sender's own id, or the hash of the signed bytes where the profile uses that; the same for each attempt. */
  readonly deliveryId: string | null
  /** Headers that decide how the body is read; most bodies are read without any. */
  readonly headers: Readonly<Record<string, string>>
  /** The route that it came by, where its source has several. */
  readonly route?: string | undefined
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
  /** Hand-overs so far. */
  readonly attempts: number
  /** `null` where the body cannot be read; `unreadable` says why. */
  readonly bodySha256: string | null
  readonly unreadable: string | null
}

export interface Applied {
  readonly deliveryId: number
  readonly source: string
  readonly event: PushedEvent
  readonly origin: Origin
  /** The event is older than the known state; it changed nothing. */
  readonly late: boolean
  /** Another event had told of the change already: this event is not handed over. */
  readonly duplicate: boolean
}

/** A stored delivery whose event has not moved the state. A thin event waits for its entity first. */
export interface UnappliedEvent {
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
