/**
 * Which deliveries are one. A sender's own delivery id decides where there is one. Else the entity, the event, its
 * stamp and its content do: Freshworks sends no id, and two changes can share a whole second (FRESHWORKS.md,
 * "Webhooks").
 */

export interface Telling {
  readonly source: string
  readonly entity: string
  readonly entityId: string
  readonly event: string
  readonly updatedAt: number | null
  /** The snapshot, one spelling for equal values. */
  readonly content: string
}

export interface Identity {
  /** The stamp leads the key: deliveries that come together lie together in the index. 0 for no stamp. */
  readonly stamp: number
  /** The rest, to be hashed. */
  readonly text: string
}

export const identityOf = ({ content, entity, entityId, event, source, updatedAt }: Telling): Identity => ({
  stamp: Math.max(0, updatedAt ?? 0),
  text: `${source}\0${entity}\0${entityId}\0${event}\0${updatedAt ?? ""}\0${content}`
})

export const senderIdentity = (source: string, deliveryId: string): string => `${source}\0delivery\0${deliveryId}`

/** Within one entity, as a number; versions count up, and fewer than a thousand share a stamp. */
export const identityWithin = (stamp: number, version: number): number => stamp + (version % 1_000) / 1_000

/**
 * In place of the version of a delivery that tells its entity's id only: without content, its kind alone tells it from
 * others of its stamp. Two updates of one second are one; the state after both is fetched for the first or found by a
 * sweep.
 */
export const versionOfThin = (isCreation: boolean, saysDeleted: boolean): number =>
  isCreation ? 1 : saysDeleted ? 2 : 0

/**
 * Whether a sweep's finding is an event of its own although a delivery has its identity: that one has moved the state,
 * and the state has changed since. A finding that the state already shows is a duplicate, and so is one whose delivery
 * still waits.
 */
export const isFoundAgain = (applied: boolean, stateShowsIt: boolean): boolean => applied && !stateShowsIt
