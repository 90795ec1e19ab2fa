/**
 * The analysis: from recorded calls to pollers with their verdicts, findings, and the calls that remain after a
 * migration. Accounts are analysed one by one, then put together. Pure: the same recording and settings give the same
 * result.
 */
import { type Finding, severities } from "../domain/Finding.js"
import { groupBy } from "../domain/Grouping.js"
import type { MirrorWay } from "../domain/MirrorWay.js"
import type { Interval, PollerAssessment } from "../domain/Poller.js"
import type { Recording } from "../domain/Recording.js"
import type { CallsAfterBreakdown, Extrapolation, RateLimitUse, UnattributedCalls } from "../domain/Report.js"
import { isReplaced } from "../domain/Verdict.js"
import type { Window } from "../store/service.js"
import { type AccountAnalysis, analyseAccount } from "./AccountAnalysis.js"
import type { AccountNeeds } from "./AccountNeeds.js"
import type { AccountCosts } from "./costs/AccountCosts.js"
import { extrapolate, type RestsOn } from "./costs/Extrapolation.js"
import { findingRules } from "./findings/Findings.js"
import type { MirrorReceiver } from "./mirrored/MirrorReceiver.js"
import type { AccountPlanFigures } from "./planning/PlanFigures.js"
import { type AnalysisSettings, setIntervalOf, withTables } from "./Settings.js"
import { reductionIntervalOf } from "./verdicts/ReductionInterval.js"

export type { AccountNeeds } from "./AccountNeeds.js"

export interface Analysis {
  readonly window: Window
  readonly calls: number
  readonly throttled: number
  readonly pollers: ReadonlyArray<PollerAssessment>
  readonly unattributed: UnattributedCalls
  readonly callsAfterBreakdown: CallsAfterBreakdown
  readonly callsAfter: number
  /** Confidence interval of the reduction; `null` where the recording is too short. */
  readonly reductionInterval: Interval | null
  /** `null` where the window is at least as long as the intervals that the figures rest on. */
  readonly extrapolation: Extrapolation | null
  /** Costs by account; the totals are their sums. */
  readonly accounts: ReadonlyArray<AccountCosts>
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly needs: ReadonlyArray<AccountNeeds>
  /** The programs as they are, through the mirror; `null` where that is not forecast, or serves none. */
  readonly mirror: MirrorWay | null
  /** By account: additions of the mirror's receiver to the plan's. */
  readonly mirrorReceivers: ReadonlyArray<MirrorReceiver>
  /** Plans by account; empty where the interval is given. */
  readonly plans: ReadonlyArray<AccountPlanFigures>
  readonly recordsLost: number
  readonly leftOut: Recording["leftOut"]
  readonly recordersCutOff: number
  readonly bodiesKept: boolean
}

export const analyse = (recording: Recording, given: AnalysisSettings): Analysis => {
  const settings = withTables(given)
  const byAccount = groupBy(recording.streams, ({ stream }) => stream.account)
  const analysed = [...byAccount.keys()]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((account) => analyseAccount({ ...recording, streams: byAccount.get(account)! }, settings))
  const pollers = analysed.flatMap((one) => one.pollers).sort(byCalls)
  const accounts = analysed.flatMap(({ costs }) => costs)
  const sumOf = (part: keyof CallsAfterBreakdown) =>
    accounts.reduce((sum, account) => sum + account.callsAfterBreakdown[part], 0)
  const callsAfterBreakdown: CallsAfterBreakdown = {
    reconciliation: sumOf("reconciliation"),
    hydration: sumOf("hydration"),
    tuned: sumOf("tuned"),
    kept: sumOf("kept"),
    upkeep: sumOf("upkeep"),
    retries: sumOf("retries")
  }
  const rateLimits = analysed.flatMap((one) => one.rateLimits)
  return {
    window: settings.window,
    calls: recording.calls,
    throttled: rateLimits.reduce((sum, { throttled }) => sum + throttled, 0),
    pollers,
    unattributed: mergeUnattributed(analysed.map(({ unattributed }) => unattributed)),
    callsAfterBreakdown,
    callsAfter: Object.values(callsAfterBreakdown).reduce((sum, part) => sum + part, 0),
    reductionInterval: reductionIntervalOf(analysed.map(({ blocks }) => blocks)),
    extrapolation: extrapolate(
      {
        window: settings.window,
        reconciliationOver: (seconds) => analysed.reduce((sum, one) => sum + one.reconciliationOver(seconds), 0),
        calls: recording.calls,
        parts: callsAfterBreakdown,
        pollers: pollers.length
      },
      restsOn(pollers, rateLimits, settings)
    ),
    accounts,
    rateLimits,
    findings: inOrder(
      analysed.flatMap(({ findings }) => findings),
      pollers
    ),
    needs: analysed.flatMap(({ needs }) => needs),
    mirror: wholeWay(analysed),
    mirrorReceivers: analysed.flatMap(({ mirrorReceiver }) => mirrorReceiver ?? []),
    plans: analysed.flatMap(({ plan }) => plan ?? []),
    recordsLost: recording.recordsLost,
    leftOut: recording.leftOut,
    recordersCutOff: recording.recordersCutOff,
    bodiesKept: recording.bodiesKept
  }
}

/** All accounts together. One that the mirror does not serve goes on as it is. */
const wholeWay = (analysed: ReadonlyArray<Pick<AccountAnalysis, "costs" | "mirror">>): MirrorWay | null => {
  if (!analysed.some(({ mirror }) => mirror?.served === true)) return null
  const ways = analysed.map(({ costs, mirror }): MirrorWay => {
    if (mirror !== null) return mirror.way
    const calls = costs.reduce((sum, one) => sum + one.calls, 0)
    return { calls, through: calls, checks: 0, reads: 0, reconciliation: 0, hydration: 0, upkeep: 0, retries: 0 }
  })
  const added = ways.flatMap((way) => way.added ?? [])
  const sumOf = (part: Exclude<keyof MirrorWay, "added">): number => ways.reduce((sum, way) => sum + way[part], 0)
  return {
    calls: sumOf("calls"),
    through: sumOf("through"),
    checks: sumOf("checks"),
    reads: sumOf("reads"),
    reconciliation: sumOf("reconciliation"),
    hydration: sumOf("hydration"),
    upkeep: sumOf("upkeep"),
    retries: sumOf("retries"),
    ...(added.length === 0 ? {} : { added })
  }
}

/** The intervals that the figures rest on. */
const restsOn = (
  pollers: ReadonlyArray<PollerAssessment>,
  rateLimits: ReadonlyArray<RateLimitUse>,
  settings: AnalysisSettings
): ReadonlyArray<RestsOn> => [
  ...(pollers.length === 0 ? [{ name: "reconciliation" as const, seconds: settings.reconcileSeconds }] : []),
  ...pollers.filter(isReplaced).map(({ account }) => ({
    name: "reconciliation" as const,
    seconds: setIntervalOf(settings, account) ?? settings.reconcileSeconds
  })),
  ...pollers.map(({ intervalSeconds }) => ({ name: "slowest poller" as const, seconds: intervalSeconds })),
  ...(rateLimits.some(({ limitPerHour }) => limitPerHour !== null)
    ? [{ name: "hourly limit" as const, seconds: 3_600 }]
    : [])
]

/** Most calls first, then by name. */
const byCalls = (a: PollerAssessment, b: PollerAssessment): number =>
  b.calls - a.calls || (nameOf(a) < nameOf(b) ? -1 : 1)

const nameOf = ({ account, endpoint, integration, principal, query }: PollerAssessment): string =>
  `${account} ${integration} ${endpoint} ${query} ${principal}`

/** By severity, then in the order of the rules, then by cost, then in that of the pollers. */
const inOrder = (
  findings: ReadonlyArray<Finding>,
  pollers: ReadonlyArray<PollerAssessment>
): ReadonlyArray<Finding> => {
  const ruleAt = new Map(findingRules.map(({ id }, at) => [id, at]))
  const pollerAt = new Map<string | null, number>(pollers.map(({ id }, at) => [id, at]))
  const placeOf = ({ pollerId }: Finding) => pollerAt.get(pollerId) ?? pollers.length
  return [...findings].sort(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      ruleAt.get(a.rule)! - ruleAt.get(b.rule)! ||
      (b.consequence?.calls ?? 0) - (a.consequence?.calls ?? 0) ||
      placeOf(a) - placeOf(b)
  )
}

const mergeUnattributed = (parts: ReadonlyArray<UnattributedCalls>): UnattributedCalls => {
  const added = <One extends { readonly calls: number }>(counts: ReadonlyArray<One>, key: (one: One) => string) =>
    [...groupBy(counts, key).values()].map((same) => ({
      ...same[0]!,
      calls: same.reduce((sum, { calls }) => sum + calls, 0)
    }))
  return {
    calls: parts.reduce((sum, { calls }) => sum + calls, 0),
    endpoints: added(
      parts.flatMap(({ endpoints }) => endpoints),
      ({ endpoint }) => endpoint
    ),
    kinds: added(
      parts.flatMap(({ kinds }) => kinds),
      ({ kind }) => kind
    ).sort((a, b) => b.calls - a.calls)
  }
}
