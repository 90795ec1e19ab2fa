/**
 * The plan of an account: which pollers webhooks replace, and how often each type is reconciled, with the fewest calls
 * that keep every poller's freshness and the healing bound. Pure.
 */
import type { PlannedEvents } from "../../providers/index.js"
import { type Charge, type ChargeTable, callsOverSpan } from "../costs/Charges.js"
import { stretchTo } from "../costs/Extrapolation.js"
import type { ForecastWindow } from "../costs/Forecast.js"
import type { PushLatency } from "../estimates/PushLatency.js"
import { worthwhileFrom } from "../verdicts/VerdictRules.js"
import type { Candidate, Intervals } from "./Candidate.js"
import type { HoursOf } from "./Freshness.js"
import { intervalsFor } from "./IntervalSearch.js"

/** The most candidates of which every subset is tried. */
const mostExact = 6

const dayMs = 86_400_000

export interface AccountPlan {
  readonly planned: PlannedEvents
  /** Ids of the pollers that webhooks replace. */
  readonly replaced: ReadonlySet<string>
  /** Types that are reconciled more often than the healing bound asks for, in seconds. */
  readonly own: Intervals
  /** Calls of the window under the plan, with those of the candidates that stay. */
  readonly calls: number
  /** The same with the burden of what is replaced. */
  readonly weight: number
  /** By id: calls that the replacement of a poller that stays would add; `null` where no interval keeps its goals. */
  readonly added: ReadonlyMap<string, number | null>
}

interface Choice {
  readonly replaced: ReadonlyArray<Candidate>
  readonly own: Intervals
  readonly calls: number
  /** Calls and burden. */
  readonly weight: number
}

export const planAccount = (
  candidates: ReadonlyArray<Candidate>,
  planned: PlannedEvents,
  /** Types that are subscribed to and reconciled though no poller reads them. */
  extra: ReadonlyArray<string>,
  table: ChargeTable,
  window: ForecastWindow,
  boundSeconds: number,
  latency: PushLatency,
  hoursOf: HoursOf = () => null
): AccountPlan => {
  const cost = (replaced: ReadonlyArray<Candidate>, own: Intervals): number => {
    const charges = table.chargesOf(
      replaced.map(({ one }) => one),
      planned,
      { every: boundSeconds, own }
    )
    return charges.reduce((sum, charge) => sum + callsOver(charge, window, boundSeconds), 0)
  }
  const stretch = stretchTo(boundSeconds, window)
  const days = ((window.to - window.from) * stretch) / dayMs
  const known = new Map<string, Choice | null>()
  const choose = (replaced: ReadonlyArray<Candidate>): Choice | null => {
    const key = replaced.map(({ one }) => one.poller.id).join(" ")
    const before = known.get(key)
    if (before !== undefined) return before
    const own = intervalsFor(replaced, { planned, boundSeconds, extra, cost, latency, hoursOf, days })
    const staying = candidates.filter((candidate) => !replaced.includes(candidate))
    const stays = staying.reduce((sum, { ifItStays }) => sum + ifItStays * stretch, 0)
    const burden = replaced.reduce((sum, { ifItStays }) => sum + worthwhileFrom * ifItStays * stretch, 0)
    const calls = own === null || replaced.length === 0 ? stays : stays + cost(replaced, own)
    const choice = own === null ? null : { replaced, own, calls, weight: calls + burden }
    known.set(key, choice)
    return choice
  }
  const able = candidates.filter((candidate) => choose([candidate]) !== null)
  const best = able.length <= mostExact ? bestOfAll(able, choose) : descend(able, choose)
  const added = new Map<string, number | null>()
  for (const candidate of candidates) {
    if (best.replaced.includes(candidate)) continue
    const withIt = able.includes(candidate)
      ? choose(candidates.filter((other) => other === candidate || best.replaced.includes(other)))
      : null
    added.set(
      candidate.one.poller.id,
      withIt === null ? null : Math.round((withIt.calls - best.calls) / stretch + candidate.ifItStays)
    )
  }
  return {
    planned,
    replaced: new Set(best.replaced.map(({ one }) => one.poller.id)),
    own: best.own,
    calls: best.calls / stretch,
    weight: best.weight / stretch,
    added
  }
}

type Choose = (replaced: ReadonlyArray<Candidate>) => Choice | null

const bestOfAll = (candidates: ReadonlyArray<Candidate>, choose: Choose): Choice => {
  let best = choose([])!
  for (let subset = 1; subset < 2 ** candidates.length; subset++) {
    const choice = choose(candidates.filter((_, at) => ((subset >> at) & 1) === 1))
    if (choice !== null && choice.weight < best.weight) best = choice
  }
  return best
}

/**
 * From all candidates, and from none, by the best of these steps for as long as one saves: a poller leaves, one comes,
 * all that ask for at most as much freshness as one of them leave together.
 */
const descend = (candidates: ReadonlyArray<Candidate>, choose: Choose): Choice => {
  const none = choose([])!
  const from = (start: ReadonlyArray<Candidate>): Choice => {
    let best = choose(start)
    let at = start
    for (;;) {
      const steps = [
        ...at.map((left) => at.filter((other) => other !== left)),
        ...candidates
          .filter((one) => !at.includes(one))
          .map((one) => candidates.filter((c) => c === one || at.includes(c))),
        ...at.map((pace) =>
          at.filter(({ one }) => one.poller.rhythm.intervalSeconds > pace.one.poller.rhythm.intervalSeconds)
        )
      ]
      let next: Choice | null = null
      for (const step of steps) {
        const choice = choose(step)
        if (choice !== null && (next === null || choice.weight < next.weight)) next = choice
      }
      if (next === null || (best !== null && next.weight >= best.weight)) return best ?? none
      best = next
      at = next.replaced
    }
  }
  const [down, up] = [from(candidates), from([])]
  return down.weight <= up.weight ? down : up
}

/** A cost over the window, or over the healing bound where that is longer. */
const callsOver = (charge: Charge, window: ForecastWindow, boundSeconds: number): number => {
  const { calls, every, kind, withChanges } = charge
  const stretch = stretchTo(boundSeconds, window)
  if (stretch === 1 || kind === "upkeep") return calls
  return withChanges || every === null ? calls * stretch : callsOverSpan(charge, every, boundSeconds, window)
}
