/** All that was seen of one simulated day, from outside of the receiver. */
import type { Snapshot, WebhookEvent } from "../../src/domain/Event.js"
import type { Applied } from "../../src/receiver/inbox/Delivery.js"

/** A post that was answered. */
export interface Posted {
  readonly at: number
  /** What the body shows of the entity; `null` where it tells the id only, or nothing that is understood. */
  readonly snapshot: Snapshot | null
  readonly event: string
  readonly entity: string
  readonly id: string
  readonly updatedAt: number | null
  readonly status: number
  /** What the receiver says of it: `stored`, `duplicate`, `quarantined`. */
  readonly told: string
}

export interface Fetched {
  readonly at: number
  readonly life: number
  readonly entity: string
  readonly id: string
  /** The stamp that the answer shows; `null` where it shows no entity, or there was none. */
  readonly stamp: number | null
}

export interface Evidence {
  readonly posted: Array<Posted>
  /** What the handler took. */
  readonly handed: Array<WebhookEvent & { readonly at: number }>
  readonly applied: Array<Applied & { readonly at: number }>
  readonly fetched: Array<Fetched>
  /** Faults that the program tells of itself. */
  readonly faults: Array<string>
}

export const noEvidence = (): Evidence => ({ posted: [], handed: [], applied: [], fetched: [], faults: [] })
