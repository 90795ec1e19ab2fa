/**
 * The lane of one entity: its events move its state in the order in which they came, so that an event behind one that
 * is being fetched for waits. Pure: a driver keeps who waits where.
 */
import { servesToo } from "./HydrationPolicy.js"

export const lane = {
  /** Its state is moved now. */
  apply: 0,
  /** The entity is fetched for it. */
  fetch: 1,
  /** It waits behind the one that is fetched for. */
  wait: 2,
  /** The answer for the event before serves it as well. */
  share: 3
} as const

/** An event arrives. `fetching`: an earlier one of its entity is fetched for; `lacks`: it told the id only. */
export const onArrival = (fetching: boolean, lacks: boolean): number =>
  fetching ? lane.wait : lacks ? lane.fetch : lane.apply

/** The next one that waits, once an answer has come for the one before it. */
export const onAnswer = (lacks: boolean, fetchedStamp: number, waitingStamp: number): number =>
  !lacks ? lane.apply : servesToo(fetchedStamp, waitingStamp) ? lane.share : lane.fetch

/**
 * The number of the event behind which the first look after a start begins: no event that is on the disk is left out.
 */
export const startsBehind = (_newest: number): number => 0
