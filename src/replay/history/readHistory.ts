/** Reads a file of histories: NDJSON, each history from its `begin` to its `end`, one after the other. */
import type { HistoryLine } from "../../domain/History.js"

const kinds = new Set<HistoryLine["k"]>([
  "begin",
  "change",
  "push",
  "dropped",
  "attempt",
  "stored",
  "duplicate",
  "answered",
  "fetched",
  "applied",
  "refreshed",
  "handed",
  "setAside",
  "call",
  "sweep",
  "seen",
  "receiver",
  "state",
  "end"
])

/** The histories, or a sentence that names the invalid line. */
export const readHistory = (text: string): ReadonlyArray<ReadonlyArray<HistoryLine>> | string => {
  const histories: Array<Array<HistoryLine>> = []
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    let value: HistoryLine
    try {
      value = JSON.parse(line) as HistoryLine
    } catch {
      return `line ${index + 1} is no JSON`
    }
    if (typeof value !== "object" || value === null || !kinds.has(value.k))
      return `line ${index + 1} is not a line of a history: its "k" is none of ${[...kinds].join(", ")}`
    if (value.k === "begin") {
      const version: number = value.version
      if (version !== 1) return `line ${index + 1}: histories of version ${version} are not known, only of version 1`
      histories.push([])
    }
    const current = histories.at(-1)
    if (current === undefined) return `line ${index + 1} comes before the history's line of kind begin`
    current.push(value)
  }
  return histories.length === 0 ? "it holds no history" : histories
}
