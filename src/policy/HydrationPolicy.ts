/** Whether and when an entity is fetched again for a delivery that told its id only. Unknown stamps are NaN. */
import { fetchTries } from "./Defaults.js"

/** A read right after a write may show the version before it. `fetches`: how many were made for the delivery. */
export const fetchAgain = (fetchedStamp: number, eventStamp: number, fetches: number): boolean =>
  fetchedStamp < eventStamp && fetches < fetchTries

/** Whether an answer also serves a delivery that waits behind: it shows a version at least as new. */
export const servesToo = (fetchedStamp: number, waitingStamp: number): boolean =>
  Number.isNaN(waitingStamp) || fetchedStamp >= waitingStamp
