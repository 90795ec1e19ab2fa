/** An entity as far as deliveries and sweeps have shown it. */
import type { Snapshot } from "./Event.js"
import type { EpochMillis } from "./Time.js"

export interface EntityState {
  readonly updatedAt: EpochMillis | null
  readonly deleted: boolean
  /** The newest moment at which a dependant (a reply) is known to have moved this entity's stamp. */
  readonly touchedAt: EpochMillis | null
  /** By field of a list's embed that tells of dependants: the newest moment that an event of one told. */
  readonly tells: Readonly<Record<string, EpochMillis>>
  /** Sub-second time up to which this snapshot is current; `null` if unknown. */
  readonly occurredAt: EpochMillis | null
  /** The kinds of look that have shown it, as bits (Shown.ts). */
  readonly shownBy: number
  readonly snapshot: Snapshot
}
