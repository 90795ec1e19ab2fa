/**
 * Pollers as state machines: when each sweeps, how many pages and further calls that takes, and what it sees. A sweep
 * looks at the account at one moment; one that found nothing costs some 100 ns.
 */
import type { HistorySink } from "../../domain/History.js"
import { pagesFor } from "../../policy/index.js"
import type { Account } from "./Account.js"
import { type Calls, purpose } from "./Calls.js"
import type { OutcomeScorer } from "./OutcomeScorer.js"
import type { Draw } from "./RandomStreams.js"
import { type PollerSpec, type Scenario, wholeStamp } from "./Scenario.js"
import { makeSeenVersions, type SeenVersions } from "./SeenVersions.js"
import type { Surroundings } from "./Surroundings.js"
import type { Told } from "./Told.js"

export interface Pollers extends Pick<SeenVersions, "ahead" | "unseen"> {
  /** When the first sweep of each is. */
  readonly firstAt: (poller: number) => number
  /** Makes a sweep; returns the moment of the next. */
  readonly sweep: (poller: number, at: number) => number
  readonly counts: { sweeps: number; empty: number }
}

/** How long before the window a `since` poller asks first. */
const firstReachMs = 3_600_000

export const makePollers = (parts: {
  readonly scenario: Scenario
  readonly account: Account
  readonly calls: Calls
  readonly scorer: OutcomeScorer
  readonly surroundings: Surroundings
  readonly draw: Draw
  readonly providerUp: () => boolean
  readonly sink: HistorySink | null
  readonly told: Told
}): Pollers => {
  const { account, calls, draw, scenario, sink, surroundings } = parts
  const { from, pollers, readLagMs, types } = scenario
  const counts = { sweeps: 0, empty: 0 }
  const lastAt = new Float64Array(pollers.length).fill(Number.NaN)
  const everyMs = Float64Array.from(pollers, (poller) => poller.everyMs)
  const seen = makeSeenVersions(parts)
  const { look, looked } = seen
  /** Shares of a call, carried on to the next sweep. */
  const owed = new Float64Array(pollers.length)
  /** By type: its dependants' types, and theirs. */
  const beneath = types.map((_, index) => {
    const found: Array<number> = []
    types.forEach((type, child) => {
      if (type.parent === index || found.includes(type.parent)) found.push(child)
    })
    return found
  })

  /** Whole calls of what is owed on average. */
  const due = (poller: number, more: number): number => {
    const sum = owed[poller]! + more
    const whole = Math.floor(sum + 1e-9)
    owed[poller] = sum - whole
    return whole
  }

  const pagesOf = (poller: number, spec: PollerSpec, listed: number, fresh: number, at: number): number => {
    if (spec.mode === "blind") return 0
    const told = (items: number) => pagesFor(items, spec.perPage)
    if (spec.mode === "since") return spec.endsShort ? Math.floor(listed / spec.perPage) + 1 : told(listed)
    if (spec.mode === "whole" && spec.pages > 0) return due(poller, spec.pages)
    const total = account.countSeen(spec.type, at)
    if (spec.mode === "whole") return spec.endsShort ? Math.floor(total / spec.perPage) + 1 : told(total)
    return Math.min(told(total), Math.floor(fresh / spec.perPage) + 1)
  }

  const sweep = (poller: number, at: number): number => {
    const spec = pollers[poller]!
    if (!parts.providerUp()) {
      calls.fail(purpose.poll, at, spec.name)
      return at + spec.everyMs
    }
    // The first call may be refused; then all of it comes again with the next period.
    if (!calls.dare(purpose.poll, at, spec.name)) return at + retryAfterMs(at)
    counts.sweeps += 1
    const first = Number.isNaN(lastAt[poller]!)
    let fresh = 0
    let further = 0
    if (spec.mode === "blind") further = due(poller, spec.pages) - 1
    else {
      const asks = surroundings.pollsFrom(first ? from - firstReachMs : lastAt[poller]!, spec.overlapMs)
      const floor = spec.mode === "since" ? wholeStamp(scenario, asks) : Number.NEGATIVE_INFINITY
      const since = spec.mode === "since" ? Number.NEGATIVE_INFINITY : changedSince(poller)
      look(poller, spec.type, floor, since, at)
      fresh = looked.fresh
      further +=
        (spec.readsChildren && beneath[spec.type]!.length > 0 ? fresh : 0) +
        pagesOf(poller, spec, looked.listed, fresh, at) -
        1 +
        (spec.detailCalls > 0 ? due(poller, fresh * spec.detailCalls) : 0)
    }
    if (spec.walkCalls > 0) {
      further += due(poller, spec.walkCalls)
      for (const type of beneath[spec.type]!) {
        look(poller, type, Number.NEGATIVE_INFINITY, changedSince(poller), at)
        fresh += looked.fresh
      }
    }
    for (let call = 0; call < further; call++) calls.dare(purpose.poll, at, spec.name)
    if (fresh === 0 && !first) counts.empty += 1
    if (sink !== null) sink({ k: "sweep", t: at, path: "polling", who: spec.name, found: fresh })
    lastAt[poller] = at
    if (spec.adaptiveUpToMs > 0)
      everyMs[poller] = fresh > 0 ? spec.everyMs : Math.min(spec.adaptiveUpToMs, everyMs[poller]! * 2)
    const jitter = spec.jitterMs === 0 ? 0 : (draw() * 2 - 1) * spec.jitterMs
    return at + Math.max(1, everyMs[poller]! + jitter)
  }

  /** Since when changes may be unseen, of a poller that reads the whole list. */
  const changedSince = (poller: number): number =>
    Number.isNaN(lastAt[poller]!) ? Number.NEGATIVE_INFINITY : lastAt[poller]! - readLagMs - 1

  const retryAfterMs = (at: number): number => {
    const period = scenario.limit?.periodMs ?? 60_000
    return period - (at % period) + 1
  }

  return {
    counts,
    sweep,
    firstAt: (poller) => from + (pollers[poller]!.phaseMs ?? draw() * pollers[poller]!.everyMs),
    ahead: seen.ahead,
    unseen: seen.unseen
  }
}
