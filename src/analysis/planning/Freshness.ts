/** Which reconciliation intervals keep a poller's freshness once webhooks replace it. Pure; spans in seconds. */
import { type PushEvidence, reckonedLoss } from "../../domain/PushEvidence.js"
import type { SweepInterval } from "../../domain/SweepInterval.js"
import type { Waiting } from "../costs/Forecast.js"
import { type HourlyShares, lagsOf } from "../estimates/HourlyLags.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { assumedLatency, type PushLatency } from "../estimates/PushLatency.js"
import type { FreshnessGoal } from "../Settings.js"

/** The share of the changes of which a goal speaks. */
export const shareOf: Readonly<Record<FreshnessGoal["at"], number>> = { p50: 0.5, p95: 0.95, max: 1 }

/** By entity type: the share of the poller's changes that no push is known to tell of, or whose push is lost. */
export const waitingOf = (
  { coverage: [chosen] }: PollerEstimates,
  evidence: PushEvidence | undefined
): ReadonlyMap<string, number> => {
  const counts = [...(chosen?.byEntity ?? [])]
  const all = counts.reduce((sum, [, { changes }]) => sum + changes, 0)
  return new Map(
    counts.flatMap(([entity, { changes, pushed }]) => {
      const waits = changes - pushed * (1 - reckonedLoss(evidence, entity))
      return waits > 0 ? [[entity, waits / all] as const] : []
    })
  )
}

/** When in the day the changes of a type come; `null` where the recording is too short for that. */
export type HoursOf = (entity: string) => HourlyShares | null

/** A poller's waiting changes under a schedule. `slowest` is the interval of what reconciliation cannot sweep. */
export const waitsUnder = (
  waiting: ReadonlyMap<string, number>,
  intervals: ReadonlyMap<string, SweepInterval>,
  slowest: number,
  hoursOf: HoursOf
): ReadonlyArray<Waiting> =>
  [...waiting].map(([entity, share]) => {
    const everySeconds = intervals.get(entity) ?? slowest
    return { share, everySeconds, byHour: typeof everySeconds === "number" ? null : hoursOf(entity) }
  })

/** Share of the changes that have arrived within a span. */
const arrivedWithin = (seconds: number, waiting: ReadonlyArray<Waiting>, latency: PushLatency): number => {
  const pushed = waiting.reduce((rest, { share }) => rest - share, 1)
  return waiting.reduce(
    (sum, { byHour, everySeconds, share }) => sum + share * lagsOf(everySeconds, byHour ?? null).within(seconds),
    pushed * latency.arrivedWithin(seconds * 1_000)
  )
}

/** The span within which the goal's share of pushed changes is delivered. */
export const deliveredWithin = ({ at }: FreshnessGoal, latency: PushLatency): number => {
  const share = shareOf[at]
  return (share === 1 ? latency.longestMs : latency.quantile(share)) / 1_000
}

/** Rounding of shares that sum to one. */
const epsilon = 1e-9

/** Share of the changes that arrives in time beyond the goal's; less than zero where it is not kept. */
export const surplus = (goal: FreshnessGoal, waiting: ReadonlyArray<Waiting>, latency: PushLatency): number =>
  arrivedWithin(goal.seconds, waiting, latency) - shareOf[goal.at]

export const keeps = (
  goal: FreshnessGoal,
  waiting: ReadonlyArray<Waiting>,
  latency: PushLatency = assumedLatency
): boolean => surplus(goal, waiting, latency) >= -epsilon

/**
 * The longest interval at which a share `p` of the changes arrives within `d`, of which a share `q` waits for a sweep:
 * q · (1 − d/T) ≤ 1 − p, so T ≤ d / (1 − (1 − p)/q); without bound where q ≤ 1 − p (docs/plan.md). What is pushed is
 * taken to arrive within `d`.
 */
export const longestInterval = (goal: FreshnessGoal, q: number): number => {
  const late = 1 - shareOf[goal.at]
  return q <= late ? Number.POSITIVE_INFINITY : goal.seconds / (1 - late / q)
}
