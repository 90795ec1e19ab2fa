/** How far a mirror answers, and what it reads of what pushes told in part. Pure; milliseconds. */
import type { EpochMillis } from "../domain/Time.js"
import type { Provider } from "../providers/index.js"
import { readableAfterMs } from "./Defaults.js"

/** How long a credential counts once it has passed at the provider, unless it is set. */
export const usualRecheckMs = 4 * 3_600_000

/** An order by chance would have to stand between so many neighbours. */
export const enoughInOrder = 20

/** Older ones than this are read one by one: a list from then on would be long. */
const listBackMs = 6 * 3_600_000
/** More are not read one by one. */
export const mostSingleReadings = 5

/** How old an answer may be, by the interval of the type's sweeps: a sweep may take its time. */
export const answerBoundMs = (everyMs: number): number => everyMs * 1.1 + 60_000 + readableAfterMs

/** Whether one list shows what has changed of a type since a moment. */
export const listsChanges = ({ sweeps }: Pick<Provider, "sweeps">, entity: string): boolean =>
  ["timeFilter", "newestFirst"].includes(sweeps[entity]?.by ?? "")

export interface Told<Id> {
  readonly id: Id
  readonly stamp: EpochMillis
}

export interface PartialReading<Id> {
  /** One list of what has changed since then; `null` for none. */
  readonly listFrom: EpochMillis | null
  /** Those that it does not show, to be read one by one. */
  readonly singles: ReadonlyArray<Told<Id>>
  /** There are too many of them: none is read, and the request goes through. */
  readonly tooMany: boolean
}

/** The reads of entities that pushes told in part, before a list is answered. `fewest`: how many are worth a list. */
export const readingOf = <Id>(
  told: ReadonlyArray<Told<Id>>,
  now: EpochMillis,
  lists: boolean,
  fewest = 2
): PartialReading<Id> => {
  const isLate = ({ stamp }: Told<Id>): boolean => stamp > now - listBackMs
  const lately = told.filter(isLate)
  const listed = lists && lately.length >= fewest
  const singles = listed ? told.filter((one) => !isLate(one)) : told
  return {
    listFrom: listed ? lately.reduce((least, { stamp }) => Math.min(least, stamp), Number.POSITIVE_INFINITY) : null,
    singles,
    tooMany: singles.length > mostSingleReadings
  }
}
