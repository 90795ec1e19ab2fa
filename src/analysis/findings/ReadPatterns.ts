/** Rules on how pollers read lists. */

import { roundedDuration } from "../../domain/DurationText.js"
import { counted } from "../../domain/Figures.js"
import { groupBy } from "../../domain/Grouping.js"
import { restrictTo } from "../../providers/index.js"
import {
  callsInTime,
  callsOfPart,
  type DetectedPoller,
  entitiesOf,
  isSearchFeed,
  nameOf,
  type PlacedCall,
  pageSizeOf
} from "../detection/DetectedPoller.js"
import { evidenceOf, type Rule, type RuleFinding, times } from "./Rule.js"

const perPoller =
  (find: (poller: DetectedPoller) => RuleFinding | null): Rule["find"] =>
  ({ detection }) =>
    detection.pollers.flatMap((poller) => find(poller) ?? [])

const ownCalls = ({ own }: DetectedPoller): ReadonlyArray<PlacedCall> => [...callsOfPart(own)]

export const detailCallPerItem: Rule = {
  id: "detail-call-per-item",
  severity: "warning",
  title: "One more call for each item of a list (N+1)",
  find: perPoller((poller) => {
    const details = poller.sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0)
    if (details < poller.sweeps.length * 0.5) return null
    const templates = [...new Set(poller.details.map(({ recording }) => recording.stream.template))]
    const evidence = [...callsInTime(poller)].filter(({ recording }) => recording !== poller.own.recording)
    return {
      pollerId: poller.id,
      message: `${nameOf(poller)} makes ${templates.length === 1 ? "one more call" : `${templates.length} more calls`} per changed item: ${counted(details, "call")} to ${templates.map((one) => `GET ${one}`).join(", ")}`,
      consequence: { calls: details, seconds: null },
      fix: "take the detail from the event that the change fires, or embed it in the list where the API can (include=)",
      evidence: evidenceOf(evidence)
    }
  })
}

/** Share of the sweeps that may read on, as a program does that has started anew. */
const readsOnAtMost = 0.2

/**
 * Whether a poller leaves the rest of the list unread: its first page is full, and it goes on to a further page only
 * where all items of the one before were new. So do programs that read the newest first and stop at a known item.
 */
const stopsAtKnown = (poller: DetectedPoller): boolean => {
  const { items, newVersions } = poller.own.recording.calls
  const full = pageSizeOf(poller)
  const sweeps = [...groupBy(ownCalls(poller), ({ sweep }) => sweep).values()]
  const readsOn = sweeps.filter((calls) => {
    const answered = calls.filter(({ row }) => items[row]! >= 0)
    return answered.some(
      ({ row }, at) => items[row]! < full || (at < answered.length - 1 && newVersions[row]! < items[row]!)
    )
  })
  return readsOn.length <= sweeps.length * readsOnAtMost
}

export const wholeListEveryTime: Rule = {
  id: "whole-list-every-time",
  severity: "warning",
  title: "Reads the whole list although it could ask for what changed",
  find: perPoller((poller) => {
    const filter = poller.endpoint?.timeFilter
    if (filter === undefined || poller.endpoint?.kind !== "list" || poller.stream.query.includes(filter)) return null
    const calls = ownCalls(poller)
    const column = poller.own.recording.calls
    const seen = calls.reduce((sum, { row }) => sum + Math.max(0, column.items[row]!), 0)
    const fresh = calls.reduce((sum, { row }) => sum + Math.max(0, column.newVersions[row]!), 0)
    if (seen === 0 || fresh > seen / 2 || (!poller.fansOut && stopsAtKnown(poller))) return null
    const needless = poller.sweeps.reduce((sum, sweep) => sum + Math.max(0, sweep.pages - 1), 0)
    return {
      pollerId: poller.id,
      message: `${nameOf(poller)} read ${seen} items to find ${fresh} new versions: it asks for the whole list each time`,
      // A fan-out has no page too many.
      consequence: { calls: poller.fansOut ? null : needless, seconds: null },
      fix: `ask with ${filter}= and an overlap, so that a sweep brings only what changed`,
      evidence: evidenceOf(calls)
    }
  })
}

export const deepPaging: Rule = {
  id: "deep-paging",
  severity: "warning",
  title: "Pages towards the page ceiling",
  find: perPoller((poller) => {
    const ceiling = poller.provider?.pageCeiling ?? null
    if (ceiling === null || poller.endpoint?.kind === "search") return null
    const { calls } = poller.own.recording
    const deep = ownCalls(poller).filter(({ row }) => calls.page[row]! >= ceiling / 2)
    if (deep.length === 0) return null
    const deepest = Math.max(...deep.map(({ row }) => calls.page[row]!))
    return {
      pollerId: poller.id,
      severity: deepest >= ceiling ? "error" : "warning",
      message: `${nameOf(poller)} goes as deep as page ${deepest}; the API ends at ${ceiling}${deepest >= ceiling ? ", and what lies behind is never read" : ""}`,
      consequence: { calls: deep.length, seconds: null },
      fix: "read in time windows (updated_since) that are short enough, oldest first, instead of by page number",
      evidence: evidenceOf(deep)
    }
  })
}

export const smallPages: Rule = {
  id: "small-pages",
  severity: "warning",
  title: "Reads many small pages",
  find: perPoller((poller) => {
    const most = poller.provider?.maxPerPage ?? null
    if (most === null || poller.endpoint?.kind !== "list" || poller.fansOut) return null
    const calls = ownCalls(poller)
    const size = calls.reduce((max, { row }) => Math.max(max, poller.own.recording.calls.items[row]!), 0)
    const further = poller.sweeps.reduce((sum, { pages }) => sum + Math.max(0, pages - 1), 0)
    if (size < 1 || size > most / 2 || further < poller.sweeps.length) return null
    const saved = poller.sweeps.reduce(
      (sum, { items, pages }) => sum + pages - Math.min(pages, Math.max(1, Math.ceil(items / most))),
      0
    )
    if (saved === 0) return null
    return {
      pollerId: poller.id,
      message: `${nameOf(poller)} reads pages of ${size} where ${most} are allowed: ${counted(saved, "call")} more than needed`,
      consequence: { calls: saved, seconds: null },
      fix: `ask with per_page=${most}`,
      evidence: evidenceOf(calls.filter(({ row }) => poller.own.recording.calls.page[row]! > 1))
    }
  })
}

export const sameDataPolledTwice: Rule = {
  id: "same-data-polled-twice",
  severity: "info",
  title: "Several pollers read the same data",
  find: ({ detection }) => {
    const lists = detection.pollers.filter(({ endpoint }) => endpoint?.entity != null && endpoint.kind === "list")
    const groups = groupBy(lists, ({ endpoint, stream }) => `${stream.account} ${endpoint!.entity}`)
    return [...groups.values()]
      .filter((group) => group.length > 1)
      .map(
        (group): RuleFinding => ({
          pollerId: group[0]!.id,
          message: `${group.length} pollers read the same data (${group[0]!.endpoint!.entity}) of ${group[0]!.stream.account}: ${group.map((poller) => poller.stream.integration).join(", ")}`,
          consequence: { calls: group.slice(1).reduce((sum, { calls }) => sum + calls, 0), seconds: null },
          fix: "one subscription can feed them all",
          evidence: evidenceOf(group.flatMap((poller) => ownCalls(poller).slice(0, 1)))
        })
      )
  }
}

/** Sweeps per change from which a poller is faster than its data. */
const sweepsPerChange = 20

export const fasterThanChanges: Rule = {
  id: "faster-than-changes",
  severity: "info",
  title: "Polls faster than the data changes",
  find: ({ estimates }) =>
    estimates.flatMap(({ changeRate, poller }): ReadonlyArray<RuleFinding> => {
      // Judged by the upper bound of the change rate.
      if ("unknown" in changeRate || poller.sweeps.length < 3 * sweepsPerChange) return []
      const perSweep = (changeRate.perHourInterval.high * poller.rhythm.intervalSeconds) / 3_600
      if (perSweep * sweepsPerChange >= 1) return []
      return [
        {
          pollerId: poller.id,
          message: `${nameOf(poller)} asks every ${roundedDuration(poller.rhythm.intervalSeconds)} for what changes ${changeRate.perHour < 0.1 ? "hardly ever" : `about ${Math.round(changeRate.perHour * 10) / 10} times an hour`} (at most ${Math.round(changeRate.perHourInterval.high * 10) / 10}): fewer than one sweep in ${sweepsPerChange} can find anything`,
          consequence: {
            calls: poller.sweeps.filter((sweep) => sweep.yield === 0).reduce((sum, { pages }) => sum + pages, 0),
            seconds: null
          },
          fix: "ask less often, or be told by an event",
          evidence: evidenceOf(ownCalls(poller))
        }
      ]
    })
}

export const polledAlthoughPushed: Rule = {
  id: "polled-although-pushed",
  severity: "warning",
  title: "Polls what webhooks bring already",
  find: ({ estimates, settings }) =>
    estimates.flatMap(({ planned, poller }): ReadonlyArray<RuleFinding> => {
      const active = settings.activeEvents?.[poller.stream.account] ?? []
      if (poller.provider === null || poller.endpoint?.kind !== "list") return []
      const events = planned === null ? [] : [...restrictTo(planned, entitiesOf(poller)).events]
      const pushed = events.filter((event) => active.includes(event))
      if (pushed.length === 0) return []
      return [
        {
          pollerId: poller.id,
          message: `${nameOf(poller)} still asks every ${roundedDuration(poller.rhythm.intervalSeconds)}, although ${pushed.join(", ")} ${pushed.length === 1 ? "is" : "are"} subscribed to and arriving`,
          consequence: { calls: poller.calls, seconds: null },
          fix: "switch the poller off, or down to the reconciliation interval, once `hookshift shadow` says that nothing is missed",
          evidence: evidenceOf(ownCalls(poller).slice(-20))
        }
      ]
    })
}

export const searchAsFeed: Rule = {
  id: "search-as-feed",
  severity: "warning",
  title: "Uses search as a feed of changes",
  find: perPoller((poller) => {
    if (!isSearchFeed(poller)) return null
    return {
      pollerId: poller.id,
      message: `${nameOf(poller)} asks the search index for what is new, ${times(poller.sweeps.length)}: it lags behind the data, gives 30 items a page and ends after 10 pages, so a burst of changes falls out of it`,
      consequence: { calls: poller.calls, seconds: null },
      fix: "read the list by its time filter where it has one, or be told by an event",
      evidence: evidenceOf(ownCalls(poller))
    }
  })
}
