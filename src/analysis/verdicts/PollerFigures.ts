/** A poller's recorded figures, rounded as the report shows them; independent of its verdict. Pure. */
import { endpointName } from "../../domain/Endpoint.js"
import { iso } from "../../domain/Figures.js"
import type { Adaptive, Poller, PollerChangeRate, Sweep } from "../../domain/Poller.js"
import { roundEach, roundTo } from "../../domain/Quantiles.js"
import { entitiesOf, type PollerPart } from "../detection/DetectedPoller.js"
import type { ChangeRate } from "../estimates/ChangeRate.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { sweepCountsOf } from "./SweepCounts.js"

export const pollerFigures = (estimates: PollerEstimates): Poller => {
  const { changeRate, lags, poller, skewKnown, skewMs } = estimates
  const { adaptive, calls, details, own, rhythm, stream, sweeps } = poller
  const { empty, failed, unread } = sweepCountsOf(estimates)
  const parts = [own, ...details]
  const sum = (valueOf: (sweep: Sweep) => number) => sweeps.reduce((all, sweep) => all + valueOf(sweep), 0)
  return {
    id: poller.id,
    integration: stream.integration,
    product: stream.product,
    account: stream.account,
    principal: stream.principal,
    endpoint: endpointName(stream.method, stream.template),
    entities: entitiesOf(poller),
    query: stream.query,
    intervalSeconds: roundTo(rhythm.intervalSeconds, 1),
    jitterSeconds: roundTo(rhythm.jitterSeconds, 1),
    sweeps: sweeps.length,
    emptySweeps: empty,
    failedSweeps: failed,
    unreadSweeps: unread,
    calls,
    pagesPerSweep: roundTo(sum(({ pages }) => pages) / sweeps.length, 2),
    detailCalls: sum(({ detailCalls }) => detailCalls),
    itemVersions: unread === 0 ? sum((sweep) => sweep.yield ?? 0) : null,
    freshnessSeconds: roundEach(lags.spread, 1),
    freshnessInterval: roundEach(lags.p50Interval, 1),
    throttled: sum(({ throttled }) => throttled),
    instances: rhythm.instances,
    adaptive: adaptive === null ? null : roundedRange(adaptive),
    // An adaptive poller changes its interval with each sweep: it has no phases.
    phases: (adaptive === null ? rhythm.phases : []).map((phase) => ({
      from: iso(phase.from),
      to: iso(phase.to),
      intervalSeconds: roundTo(phase.intervalSeconds, 1)
    })),
    gaps: rhythm.gaps,
    bytes: columnSum(parts, "responseBytes"),
    itemsRead: columnSum(parts, "items"),
    ...occupancyOf(sweeps, parts),
    changeRate: "unknown" in changeRate ? null : roundedRate(changeRate),
    changeRateUnknown: "unknown" in changeRate ? changeRate.unknown : null,
    clockSkewSeconds: skewKnown ? roundTo(skewMs / 1_000, 1) : null
  }
}

const roundedRange = (adaptive: Adaptive): Adaptive => ({
  ...adaptive,
  fromSeconds: roundTo(adaptive.fromSeconds, 1),
  toSeconds: roundTo(adaptive.toSeconds, 1)
})

/** How much of the time a sweep runs, and how many overlap; `null` where calls have no duration. */
const occupancyOf = (
  sweeps: ReadonlyArray<Sweep>,
  parts: ReadonlyArray<PollerPart>
): Pick<Poller, "busyShare" | "overlappingSweeps"> => {
  if (!parts.every(hasDurations)) return { busyShare: null, overlappingSweeps: null }
  const spanSeconds = Math.max(1, (sweeps.at(-1)!.endedAt - sweeps[0]!.startedAt) / 1_000)
  const busySeconds = sweeps.reduce((sum, sweep) => sum + (sweep.endedAt - sweep.startedAt), 0) / 1_000
  return {
    busyShare: roundTo(Math.min(1, busySeconds / spanSeconds), 4),
    overlappingSweeps: sweeps.slice(1).filter((sweep, index) => sweep.startedAt < sweeps[index]!.endedAt).length
  }
}

const hasDurations = ({ recording, sweepOf }: PollerPart): boolean =>
  recording.calls.durationMs.every((duration, row) => sweepOf[row]! < 0 || !Number.isNaN(duration))

/** `null` where the value of an answered call is unknown. */
const columnSum = (parts: ReadonlyArray<PollerPart>, column: "items" | "responseBytes"): number | null => {
  let sum = 0
  for (const { recording, sweepOf } of parts) {
    const { [column]: values, status } = recording.calls
    for (let row = 0; row < values.length; row++) {
      if (sweepOf[row]! < 0) continue
      const value = values[row]!
      if (value >= 0) sum += value
      else if (status[row]! >= 200 && status[row]! < 300) return null
    }
  }
  return sum
}

/** Versions that tell a rate within a fifth: 1.96 / sqrt(96) = 0.2. */
const enoughVersions = 96

const roundedRate = ({
  dispersion,
  overwritten,
  perHour,
  perHourInterval,
  versionsSeen,
  watchedSeconds
}: ChangeRate): PollerChangeRate => ({
  perHour: roundTo(perHour, 2),
  perHourInterval: { low: roundTo(perHourInterval.low, 2), high: roundTo(perHourInterval.high, 2) },
  seen: versionsSeen,
  overwritten: roundTo(overwritten, 1),
  recordForSeconds:
    versionsSeen >= enoughVersions * dispersion
      ? null
      : versionsSeen === 0
        ? roundTo(watchedSeconds * 2, 0)
        : roundTo((watchedSeconds * enoughVersions * dispersion) / versionsSeen, 0),
  dispersion: roundTo(dispersion, 2)
})
