/**
 * Holds a history against itself: every change seen or explained, nothing acknowledged that is not on the disk, each
 * event's effect once, an entity's events in order, no more tries and calls than allowed, counts that add up. It knows
 * nothing of who wrote the history. Pure.
 */
import type { Counts, History, HistoryLine } from "../../domain/History.js"
import { checkCalls } from "./Calls.js"
import { checkEntities } from "./Entities.js"
import { checkFetches } from "./Fetches.js"
import { checkStored } from "./Stored.js"
import { checkTries } from "./Tries.js"
import type { Violation } from "./Violation.js"

/** Counts of a history's lines, which its end has to state. */
const countLines = (history: History): Counts => {
  const counts = { stored: 0, duplicates: 0, attempts: 0, applied: 0, pollingCalls: 0, webhookCalls: 0 }
  const count = (line: HistoryLine): void => {
    if (line.k === "stored") counts.stored += 1
    else if (line.k === "duplicate") counts.duplicates += 1
    else if (line.k === "attempt") counts.attempts += 1
    else if (line.k === "applied") counts.applied += 1
    else if (line.k === "call") counts[line.path === "polling" ? "pollingCalls" : "webhookCalls"] += 1
  }
  history.forEach(count)
  return counts
}

const checkCounts = (history: History): ReadonlyArray<Violation> => {
  const ended = history.findLast((line) => line.k === "end")
  if (ended === undefined)
    return [{ rule: "shape", message: "the history has no line of kind end: it was cut off", line: null }]
  return Object.entries(countLines(history)).flatMap(([name, count]): ReadonlyArray<Violation> => {
    const said = ended[name as keyof Counts]
    return said === count
      ? []
      : [{ rule: "counts", message: `the end says ${said} ${name}, the lines are ${count}`, line: null }]
  })
}

/** The violations: those of a line in the order of the lines, then those of the whole. */
export const checkHistory = (history: History): ReadonlyArray<Violation> => {
  const [begin] = history
  if (begin?.k !== "begin") return [{ rule: "shape", message: "a history begins with a line of kind begin", line: 1 }]
  const byLine: Array<Violation> = []
  const wrong = (rule: Violation["rule"], message: string, line: number): void => {
    byLine.push({ rule, message, line })
  }
  const stored = checkStored(wrong)
  const rules = [stored.read, checkTries(begin, wrong), checkFetches(stored.stampOf, wrong), checkCalls(begin, wrong)]
  for (const [index, line] of history.entries()) for (const read of rules) read(line, index + 1)
  return [...byLine, ...(begin.settled ? stored.lost() : []), ...checkEntities(begin, history), ...checkCounts(history)]
}
