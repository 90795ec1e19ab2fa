/**
 * The analysis: from recorded calls to pollers, what each costs and yields, a verdict with its reasons, and the calls
 * that remain. Pure: the same recording and settings give the same result.
 */
import { endpointName } from "../domain/Endpoint.js"
import type { EventName } from "../domain/Event.js"
import type { Finding } from "../domain/Finding.js"
import { groupBy } from "../domain/Grouping.js"
import type { Interval, Judged } from "../domain/Poller.js"
import { roundTo } from "../domain/Quantiles.js"
import type { Recording } from "../domain/Recording.js"
import type { CallsAfterBreakdown, RateLimitUse, UnattributedCalls } from "../domain/Report.js"
import { isReplaced } from "../domain/Verdict.js"
import { eventsOf, type Route } from "../providers/index.js"
import type { Window } from "../store/service.js"
import { type AccountCosts, accountCosts } from "./costs/AccountCosts.js"
import { accountLimits } from "./costs/Headroom.js"
import { migrationCosts } from "./costs/MigrationCosts.js"
import { type Detection, detectPollers } from "./detection/Detection.js"
import { indexChanges } from "./estimates/Changes.js"
import { clockSkews } from "./estimates/ClockSkew.js"
import { examine } from "./estimates/Examination.js"
import { findAll } from "./findings/Findings.js"
import { type AnalysisSettings, type Examined, entitiesOf } from "./Settings.js"
import { headlineInterval } from "./verdicts/Headline.js"
import { judgePoller } from "./verdicts/Judgement.js"

/** What has to be subscribed to and reconciled on an account. */
export interface AccountNeeds {
  readonly account: string
  readonly product: string
  readonly route: Route
  readonly events: ReadonlyArray<EventName>
  /** Dependants included: the conversations of tickets. */
  readonly entities: ReadonlyArray<string>
  /** Fields that polling showed to change and that the events do not cover. */
  readonly uncoveredFields: ReadonlyArray<string>
}

export interface Analysis {
  readonly window: Window
  readonly calls: number
  readonly throttled: number
  readonly pollers: ReadonlyArray<Judged>
  readonly unattributed: UnattributedCalls
  readonly callsAfterBreakdown: CallsAfterBreakdown
  readonly callsAfter: number
  /** Of the reduction; `null` where the recording is too short to say. */
  readonly reductionInterval: Interval | null
  /** By account; what the parts of an account add up to is in the whole. */
  readonly accounts: ReadonlyArray<AccountCosts>
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly needs: ReadonlyArray<AccountNeeds>
  readonly recordsLost: number
  readonly recordersCutOff: number
  readonly bodiesKept: boolean
}

/** Reconciliation intervals that the report compares, in seconds. */
const reconcileLadder = [900, 3_600, 14_400, 43_200, 86_400]

export const analyse = (recording: Recording, settings: AnalysisSettings): Analysis => {
  const { window } = settings
  const detection = detectPollers(recording)
  const changes = indexChanges(recording)
  const skews = clockSkews(recording)
  const examined = detection.pollers.map((poller) => examine(poller, recording, changes, skews, settings))

  // At the interval that is set, and at others for the alternatives.
  const ladder = [...new Set([...reconcileLadder, settings.reconcileSeconds])].sort((a, b) => a - b)
  const costsAt = ladder.map((reconcileSeconds) => ({
    reconcileSeconds,
    share: migrationCosts(examined, changes, { ...settings, reconcileSeconds }).share
  }))
  const judged = examined.map((one) => {
    const webhooks = costsAt.map(({ reconcileSeconds, share }) => ({ reconcileSeconds, calls: share(one) }))
    return { one, judged: judgePoller(one, webhooks, settings) }
  })
  // Sharing depends on who migrates, and who migrates on the shares: settle once more with those that do.
  const moving = judged.filter(({ judged: poller }) => isReplaced(poller)).map(({ one }) => one)
  const settled = migrationCosts(moving, changes, settings)
  const pollers = judged.map(({ judged: poller, one }): Judged => {
    if (!isReplaced(poller)) return poller
    const callsAfter = settled.share(one)
    return { ...poller, callsAfter, reduction: roundTo(1 - callsAfter / poller.calls, 4) }
  })

  const accounts = accountCosts(recording, detection, pollers, settled, settings)
  const sumOf = (part: keyof CallsAfterBreakdown) =>
    accounts.reduce((sum, account) => sum + account.callsAfterBreakdown[part], 0)
  const callsAfterBreakdown: CallsAfterBreakdown = {
    reconciliation: sumOf("reconciliation"),
    hydration: sumOf("hydration"),
    kept: sumOf("kept"),
    upkeep: sumOf("upkeep"),
    retries: sumOf("retries")
  }
  const replacedPollers = moving.map(({ poller }) => poller)
  const rateLimits = accountLimits(recording, replacedPollers, settings, settled.remaining)
  return {
    window,
    calls: recording.calls,
    throttled: rateLimits.reduce((sum, { throttled }) => sum + throttled, 0),
    pollers,
    unattributed: unattributedOf(detection),
    callsAfterBreakdown,
    callsAfter: Object.values(callsAfterBreakdown).reduce((sum, part) => sum + part, 0),
    reductionInterval: headlineInterval(recording, replacedPollers, settled, settings),
    accounts,
    rateLimits,
    findings: findAll({ recording, detection, examined, skews, moving, changes, settings }),
    needs: needsOf(moving),
    recordsLost: recording.recordsLost,
    recordersCutOff: recording.recordersCutOff,
    bodiesKept: recording.bodiesKept
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
    kinds: counted(({ kind }) => kind)
      .map(([kind, calls]) => ({ kind, calls }))
      .sort((a, b) => b.calls - a.calls)
  }
}

const needsOf = (movers: ReadonlyArray<Examined>): ReadonlyArray<AccountNeeds> =>
  [...groupBy(movers, ({ poller }) => poller.stream.account)].map(([account, here]) => {
    const { provider } = here[0]!.poller
    const route = here[0]!.route
    const entities = [...new Set(here.flatMap(({ poller }) => entitiesOf(poller)))].sort()
    return {
      account,
      product: provider?.product ?? "",
      route,
      events: provider === null ? [] : entities.flatMap((entity) => eventsOf(provider, route, entity)),
      entities: entities.filter((entity) => provider?.sweeps[entity] !== undefined),
      uncoveredFields: [
        ...new Set(here.flatMap(({ coverage }) => Object.keys(coverage[0]?.coverage.uncoveredFields ?? {})))
      ].sort()
    }
  })
