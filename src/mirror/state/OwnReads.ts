/** Until when an answer of the provider shows an entity as it is: news may tell of something that it does not show. Pure. */
import type { EpochMillis } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import type { FedEntity } from "../../receiver/index.js"
import type { OwnRead, Row } from "./Row.js"

/** A write through the mirror. */
export interface Mark {
  readonly at: EpochMillis
  /** The stamp that the provider's answer gave it; `null` where it gave none. */
  readonly stamp: EpochMillis | null
}

/** Whether an answer shows what a write did. */
export const showsWrite = ({ readAt, stamp }: OwnRead, mark: Mark): boolean =>
  mark.stamp === null ? readAt > mark.at + readableAfterMs : readAt > mark.at && stamp >= mark.stamp

/**
 * Whether a push has told of something that the answer may not show. The stamp of a dependant is nearly its parent's: an
 * answer that came long enough behind its push shows it in any case.
 */
export const isOlder = (own: OwnRead, { pushedAt, stateStamp, touchedAt }: StateStamps): boolean =>
  own.stamp < stateStamp ||
  (pushedAt !== null && (pushedAt >= own.readAt || (own.stamp < touchedAt && own.readAt <= pushedAt + readableAfterMs)))

type StateStamps = Pick<Row, "pushedAt" | "stateStamp" | "touchedAt">

/** The answer that stays valid beside a newer state. */
export const keptRead = (known: Row, fed: FedEntity): OwnRead | null => {
  const { own } = known
  if (own === null) return null
  const stamps = { stateStamp: fed.updatedAt ?? 0, touchedAt: fed.touchedAt ?? 0, pushedAt: fed.pushedAt }
  return isOlder(own, stamps) ? null : own
}
