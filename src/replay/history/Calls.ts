/** The calls of the webhook path: no more in a period than the account's limit. */
import type { Begin, HistoryLine } from "../../domain/History.js"
import type { Wrong } from "./Violation.js"

export const checkCalls = ({ limit }: Begin, wrong: Wrong) => {
  const calls = new Map<number, number>()
  /** The period in which a process started that has called nothing yet; -1 for none. */
  let startedIn = -1
  return (one: HistoryLine, line: number): void => {
    if (limit === null) return
    if (one.k === "receiver" && one.is === "up") startedIn = Math.floor(one.t / limit.periodMs)
    if (one.k !== "call" || one.path === "polling") return
    const period = Math.floor(one.t / limit.periodMs)
    const isFirst = startedIn === period
    startedIn = -1
    // A process that has just started learns by its first call of those before it.
    if (isFirst && one.status === 429) return
    const count = (calls.get(period) ?? 0) + 1
    calls.set(period, count)
    if (count === limit.calls + 1) wrong("limit", `more than ${limit.calls} calls in one period, by ${one.who}`, line)
  }
}
