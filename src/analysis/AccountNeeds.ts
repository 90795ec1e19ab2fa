/** Needs of an account under webhooks: events, entity types to reconcile, and the calls that go away. Pure. */
import { getOrMake, groupBy } from "../domain/Grouping.js"
import { type OwnIntervals, type PlannedEvents, restrictTo } from "../providers/index.js"
import { reconciledFor } from "./costs/ReconciledEntities.js"
import { callsOf, type DetectedPoller, entitiesOf } from "./detection/DetectedPoller.js"
import type { ChangeIndex, ObservedChange } from "./estimates/ObservedChanges.js"
import type { PollerEstimates } from "./estimates/PollerEstimates.js"
import type { AnalysisSettings } from "./Settings.js"

/** Events that a migration of an account subscribes to, and types that it reconciles. */
export interface AccountNeeds {
  readonly account: string
  readonly product: string
  /** Its events by route. */
  readonly planned: PlannedEvents
  /** Entity types to reconcile, dependants included: the conversations of tickets. */
  readonly entities: ReadonlyArray<string>
  readonly reconcileSeconds: number
  /** Entity types with an interval of their own, in seconds. */
  readonly own: OwnIntervals
  /** By entity type: how many there are, seen and estimated (estimates/ObservedChanges.ts). */
  readonly counts: Readonly<Record<string, number>>
  /** By stream: start times of the calls that the migration removes. All other calls of the account stay. */
  readonly replacedCalls: ReadonlyMap<number, Float64Array>
  /** Fields whose recorded changes fire no event. */
  readonly uncoveredFields: ReadonlyArray<string>
  /** Custom fields with recorded changes: a rule has to name them. */
  readonly customFields: ReadonlyArray<string>
}

/** The needs of each account with migrating pollers. */
export const needsOf = (
  migrating: ReadonlyArray<PollerEstimates>,
  changes: ChangeIndex,
  settings: AnalysisSettings,
  /** Types that the plan subscribes to and does not reconcile. */
  subscribedOnly: ReadonlyArray<string>
): ReadonlyArray<AccountNeeds> =>
  [...groupBy(migrating, ({ poller }) => poller.stream.account)].map(([account, here]) => {
    const { provider } = here[0]!.poller
    const entities = [...new Set(here.flatMap(({ poller }) => entitiesOf(poller)))].sort()
    const reconciled = reconciledFor(here, settings)
    return {
      account,
      product: provider?.product ?? "",
      planned: restrictTo(here[0]!.planned!, new Set([...entities, ...reconciled, ...subscribedOnly])),
      entities: reconciled,
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
