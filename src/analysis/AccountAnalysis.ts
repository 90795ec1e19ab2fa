/**
 * The analysis of one account: accounts know nothing of each other, and what is made here on the way (rounds, changes,
 * versions) is let go of before the next one's turn. Pure.
 */
import { endpointName } from "../domain/Endpoint.js"
import type { EventName } from "../domain/Event.js"
import type { Finding } from "../domain/Finding.js"
import { getOrMake, groupBy } from "../domain/Grouping.js"
import type { Judged } from "../domain/Poller.js"
import { roundTo } from "../domain/Quantiles.js"
import type { Recording } from "../domain/Recording.js"
import type { RateLimitUse, UnattributedCalls } from "../domain/Report.js"
import { isReplaced } from "../domain/Verdict.js"
import { eventsOf, type OwnIntervals, type Route } from "../providers/index.js"
import { type AccountCosts, accountCosts } from "./costs/AccountCosts.js"
import { accountLimits } from "./costs/Headroom.js"
import { migrationCosts } from "./costs/MigrationCosts.js"
import { callsOf, type DetectedPoller, type Detection, detectPollers } from "./detection/Detection.js"
import { type ChangeIndex, indexChanges, type ObservedChange } from "./estimates/Changes.js"
import { clockSkews } from "./estimates/ClockSkew.js"
import { examine } from "./estimates/Examination.js"
import { findAll } from "./findings/Findings.js"
import { type AnalysisSettings, type Examined, entitiesOf, reconciledFor } from "./Settings.js"
import { type Block, callsByBlock } from "./verdicts/Headline.js"
import { judgePoller } from "./verdicts/Judgement.js"

/** What has to be subscribed to and reconciled on an account. */
export interface AccountNeeds {
  readonly account: string
  readonly product: string
  readonly route: Route
  readonly events: ReadonlyArray<EventName>
  /** What is reconciled, dependants included: the conversations of tickets. */
  readonly entities: ReadonlyArray<string>
  /** How often, and which of them apart from the others, in seconds. */
  readonly reconcileSeconds: number
  readonly own: OwnIntervals
  /** By entity type, how many there are: those that were seen, and what an estimate adds where only changes were asked for. */
  readonly counts: Readonly<Record<string, number>>
  /** When the calls were made that go with the pollers: in milliseconds, by stream. All others of the account stay. */
  readonly replacedCalls: ReadonlyMap<number, Float64Array>
  /** Fields that polling showed to change and that the events do not cover. */
  readonly uncoveredFields: ReadonlyArray<string>
  /** Custom fields that were seen to change, which a rule has to name. */
  readonly customFields: ReadonlyArray<string>
}

export interface AccountAnalysis {
  /** Those with the most calls first. */
  readonly pollers: ReadonlyArray<Judged>
  readonly unattributed: UnattributedCalls
  readonly costs: ReadonlyArray<AccountCosts>
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly needs: ReadonlyArray<AccountNeeds>
  /** Calls by stretches of the window; `null` where it is too short for any. */
  readonly blocks: ReadonlyArray<Block> | null
}

/** Reconciliation intervals that the report compares, in seconds. */
const reconcileLadder = [900, 3_600, 14_400, 43_200, 86_400]

/** Of a recording that has the streams of one account. */
export const analyseAccount = (recording: Recording, given: AnalysisSettings): AccountAnalysis => {
  const account = recording.streams[0]?.stream.account ?? ""
  const settings = { ...given, reconcileSeconds: given.reconcile?.[account]?.every ?? given.reconcileSeconds }
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
    const webhooks = costsAt.map(({ reconcileSeconds, share }) => ({ reconcileSeconds, ...share(one) }))
    return { one, judged: judgePoller(one, webhooks, settings) }
  })
  // Sharing depends on who migrates, and who migrates on the shares: settle once more with those that do.
  const moving = judged.filter(({ judged: poller }) => isReplaced(poller)).map(({ one }) => one)
  const settled = migrationCosts(moving, changes, settings)
  const pollers = judged.map(({ judged: poller, one }): Judged => {
    if (!isReplaced(poller)) return poller
    const callsAfter = settled.share(one).calls
    return { ...poller, callsAfter, reduction: roundTo(1 - callsAfter / poller.calls, 4) }
  })

  const costs = accountCosts(recording, detection, pollers, settled, settings)
  const replaced = moving.map(({ poller }) => poller)
  return {
    pollers,
    unattributed: unattributedOf(detection),
    costs,
    rateLimits: accountLimits(recording, replaced, settings, settled.remaining),
    findings: findAll({ recording, detection, examined, skews, moving, changes, settings }),
    needs: needsOf(moving, changes, settings),
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

const needsOf = (
  movers: ReadonlyArray<Examined>,
  changes: ChangeIndex,
  settings: AnalysisSettings
): ReadonlyArray<AccountNeeds> =>
  [...groupBy(movers, ({ poller }) => poller.stream.account)].map(([account, here]) => {
    const { provider } = here[0]!.poller
    const route = here[0]!.route
    const entities = [...new Set(here.flatMap(({ poller }) => entitiesOf(poller)))].sort()
    return {
      account,
      product: provider?.product ?? "",
      route,
      events: provider === null ? [] : entities.flatMap((entity) => eventsOf(provider, route, entity)),
      entities: reconciledFor(here, settings),
      reconcileSeconds: settings.reconcileSeconds,
      own: settings.reconcile?.[account]?.own ?? {},
      counts: Object.fromEntries(
        entities.map((entity) => [entity, Math.round(changes.observed(account, entity).entities)])
      ),
      replacedCalls: momentsByStream(here.map(({ poller }) => poller)),
      customFields: customFieldsOf(entities.flatMap((entity) => changes.observed(account, entity).changes)),
      uncoveredFields: [
        ...new Set(here.flatMap(({ coverage }) => Object.keys(coverage[0]?.coverage.uncoveredFields ?? {})))
      ].sort()
    }
  })

const momentsByStream = (pollers: ReadonlyArray<DetectedPoller>): ReadonlyMap<number, Float64Array> => {
  const byStream = new Map<number, Array<number>>()
  for (const poller of pollers)
    for (const { recording, row } of callsOf(poller))
      getOrMake(byStream, recording.stream.id, () => []).push(recording.calls.startedAt[row]!)
  return new Map([...byStream].map(([stream, moments]) => [stream, Float64Array.from(moments)]))
}

const customFieldsOf = (changes: ReadonlyArray<ObservedChange>): ReadonlyArray<string> =>
  [
    ...new Set(changes.flatMap(({ changed }) => changed?.filter((field) => field.startsWith("custom_fields.")) ?? []))
  ].sort()
