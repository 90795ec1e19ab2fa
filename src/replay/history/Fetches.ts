/** Each event that is hydrated: fetched again only where the answer was older than the event, and not too often. */
import type { HistoryLine } from "../../domain/History.js"
import { fetchTries } from "../../policy/index.js"
import type { Wrong } from "./Violation.js"

export const checkFetches = (stampOf: (key: string) => number | null, wrong: Wrong) => {
  const fetches = new Map<string, { count: number; last: number | null }>()
  return (one: HistoryLine, line: number): void => {
    // A new process fetches again what the one before had asked for.
    if (one.k === "receiver" && one.is === "up") fetches.clear()
    if (one.k !== "fetched") return
    const { key, updatedAt } = one
    const known = fetches.get(key) ?? { count: 0, last: null }
    fetches.set(key, known)
    known.count += 1
    const wanted = stampOf(key)
    if (known.count > fetchTries) wrong("fetches", `${key} was fetched for ${known.count} times`, line)
    else if (known.count > 1 && (wanted === null || known.last === null || known.last >= wanted))
      wrong("fetches", `${key} was fetched for again, although the first answer was new enough`, line)
    known.last = updatedAt
  }
}
