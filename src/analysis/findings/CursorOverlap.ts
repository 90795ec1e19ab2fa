/** Rule on cursors: a poller's time window begins without an overlap with its last sweep. */
import { failedAt } from "../../domain/Recording.js"
import { callsOfPart, nameOf, type PlacedCall } from "../detection/DetectedPoller.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { evidenceOf, type Rule, type RuleFinding, times } from "./Rule.js"

const fewestCursors = 4
const shareWithout = 0.8

/**
 * Least overlap that loses no change: stamps have whole seconds, and a write is readable about a second after its stamp
 * (policy/Defaults.ts).
 */
export const leastOverlapMs = 2_000
/** Longest distance of a cursor beyond its anchor: a second added, or a fraction rounded up. */
const mostBeyondMs = 1_000

/**
 * Moment up to which a poller had read before a sweep, by the provider's clock; -Infinity where it had read nothing.
 */
interface ReadBefore {
  readonly newestStamp: number
  /** Start of the sweep before, and of the call for its last page. */
  readonly sweptAt: number
  readonly lastReadAt: number
}

/** Whether a window that begins at `since` misses late changes, or changes of the same second. */
export const leavesGap = (since: number, { lastReadAt, newestStamp, sweptAt }: ReadBefore): boolean => {
  const follows = (anchor: number) => since > anchor - leastOverlapMs && since <= anchor + mostBeyondMs
  // A cursor beyond the last read call skips changes in any case: a fast clock, or the end of a sweep.
  return since > lastReadAt - leastOverlapMs || follows(newestStamp) || follows(sweptAt)
}

interface Window {
  readonly call: PlacedCall
  readonly gap: boolean
}

/** The first call of each sweep whose window moved. */
const windowsOf = ({ poller: { own }, skewMs }: PollerEstimates): ReadonlyArray<Window> => {
  const { calls, versions } = own.recording
  const windows: Array<Window> = []
  let version = 0
  let newestStamp = Number.NEGATIVE_INFINITY
  let sweptAt = Number.NEGATIVE_INFINITY
  let lastReadAt = Number.NEGATIVE_INFINITY
  let sweep = -1
  let sweepAt = Number.NEGATIVE_INFINITY
  let readAt = Number.NEGATIVE_INFINITY
  let sinceBefore = Number.NaN
  for (const call of callsOfPart(own)) {
    const { row } = call
    const startedAt = calls.startedAt[row]! + skewMs
    if (call.sweep !== sweep) {
      if (readAt > Number.NEGATIVE_INFINITY) [sweptAt, lastReadAt] = [sweepAt, readAt]
      // All versions seen before this call.
      for (; version < versions.length && versions.call[version]! < row; version++)
        if (versions.updatedAt[version]! > newestStamp) newestStamp = versions.updatedAt[version]!
      const since = calls.since[row]!
      // A window that did not move does not show its rule.
      if (lastReadAt > Number.NEGATIVE_INFINITY && !Number.isNaN(since) && since !== sinceBefore)
        windows.push({ call, gap: leavesGap(since, { newestStamp, sweptAt, lastReadAt }) })
      if (!Number.isNaN(since)) sinceBefore = since
      sweep = call.sweep
      sweepAt = startedAt
      readAt = Number.NEGATIVE_INFINITY
    }
    // A refused call read nothing.
    if (!failedAt(calls, row) && calls.status[row]! < 400) readAt = startedAt
  }
  return windows
}

export const cursorWithoutOverlap: Rule = {
  id: "cursor-without-overlap",
  severity: "error",
  title: "Asks from exactly where it left off",
  find: ({ estimates }) =>
    estimates.flatMap((one): ReadonlyArray<RuleFinding> => {
      const windows = windowsOf(one)
      const without = windows.filter(({ gap }) => gap)
      if (windows.length < fewestCursors || without.length < windows.length * shareWithout) return []
      return [
        {
          pollerId: one.poller.id,
          message: `${nameOf(one.poller)} asks for changes since its newest stamp or its last sweep with less than ${leastOverlapMs / 1_000} s of overlap (${times(without.length)} of ${windows.length}): stamps have whole seconds and a write takes a moment to be readable, so a change of the same second, or a late one, is lost for ever`,
          consequence: null,
          fix: "ask from a minute or two before the newest stamp seen, and skip what is known already",
          evidence: evidenceOf(without.map(({ call }) => call))
        }
      ]
    })
}
