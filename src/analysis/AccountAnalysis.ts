/**
 * The analysis of one account. Accounts do not depend on each other, so the segments, changes and versions of one are
 * freed before the next is analysed. Pure.
 */
import { endpointName } from "../domain/Endpoint.js"
import type { Finding } from "../domain/Finding.js"
import { groupBy } from "../domain/Grouping.js"
import type { PollerAssessment } from "../domain/Poller.js"
import { roundTo } from "../domain/Quantiles.js"
import type { Recording } from "../domain/Recording.js"
import type { RateLimitUse, UnattributedCalls } from "../domain/Report.js"
import { isReplaced } from "../domain/Verdict.js"
import { type AccountNeeds, needsOf } from "./AccountNeeds.js"
import { type AccountCosts, accountCosts } from "./costs/AccountCosts.js"
import { accountLimits } from "./costs/Headroom.js"
import { migrationCosts } from "./costs/MigrationCosts.js"
import { type Detection, detectPollers } from "./detection/Detection.js"
import { clockSkews } from "./estimates/ClockSkew.js"
import { indexChanges } from "./estimates/ObservedChanges.js"
import { estimatePoller } from "./estimates/PollerEstimates.js"
import { findingsOf } from "./findings/Findings.js"
import type { AnalysisSettings } from "./Settings.js"
import { assessPoller } from "./verdicts/PollerAssessment.js"
import { type Block, callsByBlock } from "./verdicts/ReductionInterval.js"

export interface AccountAnalysis {
  /** Most calls first. */
  readonly pollers: ReadonlyArray<PollerAssessment>
  readonly unattributed: UnattributedCalls
  readonly costs: ReadonlyArray<AccountCosts>
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly needs: ReadonlyArray<AccountNeeds>
  /** Calls by blocks of the window; `null` where it is too short for blocks. */
  readonly blocks: ReadonlyArray<Block> | null
}

/** Reconciliation intervals that the report compares, in seconds. */
const comparedIntervals = [900, 3_600, 14_400, 43_200, 86_400]

/** `recording`: the streams of one account. */
export const analyseAccount = (recording: Recording, given: AnalysisSettings): AccountAnalysis => {
  const account = recording.streams[0]?.stream.account ?? ""
  const settings = { ...given, reconcileSeconds: given.reconcile?.[account]?.every ?? given.reconcileSeconds }
  const detection = detectPollers(recording)
  const changes = indexChanges(recording)
  const skews = clockSkews(recording)
  const estimates = detection.pollers.map((poller) => estimatePoller(poller, recording, changes, skews, settings))

  const intervals = [...new Set([...comparedIntervals, settings.reconcileSeconds])].sort((a, b) => a - b)
  const costsAt = intervals.map((reconcileSeconds) => ({
    reconcileSeconds,
    share: migrationCosts(estimates, changes, { ...settings, reconcileSeconds }).share
  }))
  const assessed = estimates.map((one) => {
    const webhooks = costsAt.map(({ reconcileSeconds, share }) => ({ reconcileSeconds, ...share(one) }))
    return { estimates: one, assessment: assessPoller(one, webhooks, settings) }
  })
  // Cost shares depend on which pollers migrate, and verdicts on the shares: the shares are settled once by these
  // verdicts.
  const migrating = assessed.filter(({ assessment }) => isReplaced(assessment)).map((one) => one.estimates)
  const settled = migrationCosts(migrating, changes, settings)
  const pollers = assessed.map(({ assessment, estimates: one }): PollerAssessment => {
    if (!isReplaced(assessment)) return assessment
    const callsAfter = settled.share(one).calls
    return { ...assessment, callsAfter, reduction: roundTo(1 - callsAfter / assessment.calls, 4) }
  })

  const replaced = migrating.map(({ poller }) => poller)
  const rateLimits = accountLimits(recording, replaced, settings, settled.remaining)
  return {
    pollers,
    unattributed: unattributedOf(detection),
    costs: accountCosts(recording, detection, pollers, settled, settings),
    rateLimits,
    findings: findingsOf({ recording, detection, estimates, skews, migrating, changes, settings, rateLimits }),
    needs: needsOf(migrating, changes, settings),
    blocks: callsByBlock(recording, replaced, settled, settings)
  }
}

const unattributedOf = ({ unattributed }: Detection): UnattributedCalls => {
  const counted = <K extends string>(nameOf: (one: Detection["unattributed"][number]) => K) =>
    [...groupBy(unattributed, nameOf)].map(
      ([name, group]) => [name, group.reduce((sum, { rows }) => sum + rows.length, 0)] as const
    )
  return {
    calls: unattributed.reduce((sum, { rows }) => sum + rows.length, 0),
    endpoints: counted(({ stream }) => endpointName(stream.method, stream.template)).map(([endpoint, calls]) => ({
      endpoint,
      calls
    })),
    kinds: counted(({ kind }) => kind).map(([kind, calls]) => ({ kind, calls }))
  }
}
