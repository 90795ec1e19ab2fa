/**
 * The way through the mirror for one account, with a receiver of its own: the plan's types, and the types that
 * only the mirror needs, judged by the plan's own rule of freshness. Pure; spans in seconds.
 */
import type { MirrorAddition, PollerMirror } from "../../domain/MirrorWay.js"
import { reported, type SweepInterval } from "../../domain/SweepInterval.js"
import { joined, type OwnIntervals, type PlannedEvents, restrictTo, withOwn } from "../../providers/index.js"
import type { ChargeTable, Schedule } from "../costs/Charges.js"
import { migrationCosts } from "../costs/MigrationCosts.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import { coveredBy, type PollerEstimates } from "../estimates/PollerEstimates.js"
import { latencyOf } from "../estimates/PushLatency.js"
import type { Candidate } from "../planning/Candidate.js"
import { eventPlanOf } from "../planning/EventPlan.js"
import { type HoursOf, keeps, waitingOf, waitsUnder } from "../planning/Freshness.js"
import { intervalsFor } from "../planning/IntervalSearch.js"
import { goalsOf, waitsOf } from "../planning/PlannedAccount.js"
import { intervalsUnder, noticedUnder } from "../planning/ScheduledIntervals.js"
import { type AnalysisSettings, evidenceOf } from "../Settings.js"
import { type AddedIntervals, addedTypes } from "./AddedTypes.js"
import { type MirroredAccount, type MirroredAccountInput, mirroredAccount } from "./MirroredAccount.js"

/** Set-up of the mirror's receiver of an account, where that is more than the plan asks for. */
export interface MirrorReceiver {
  readonly account: string
  readonly planned: PlannedEvents
  /** Types to reconcile, dependants included. */
  readonly entities: ReadonlyArray<string>
  readonly own: OwnIntervals
  readonly added: ReadonlyArray<MirrorAddition>
}

export interface ThroughMirrorInput
  extends Pick<MirroredAccountInput, "recording" | "rule" | "estimates" | "planned" | "changesOf"> {
  readonly account: string
  readonly settings: AnalysisSettings
  readonly schedule: Schedule
  /** Pollers that webhooks replace, and the types that are reconciled for them. */
  readonly migrating: ReadonlyArray<PollerEstimates>
  readonly reconciled: ReadonlyArray<string>
  /** The plan's events: those of its types. */
  readonly subscribed: PlannedEvents | null
  /** The healing bound; `null` where no plan is made, and nothing is added to the settings. */
  readonly boundSeconds: number | null
  readonly table: ChargeTable
  readonly hoursOf: HoursOf
}

export interface ThroughMirror {
  /** `null` where the product is not known. */
  readonly mirror: MirroredAccount | null
  /** `null` where the plan's receiver is all that it needs. */
  readonly receiver: MirrorReceiver | null
}

export const throughMirror = (input: ThroughMirrorInput): ThroughMirror => {
  const { boundSeconds, planned, subscribed } = input
  const alone = wayWith(input, input.estimates, planned, new Map())
  if (alone === null || planned === null || subscribed === null || boundSeconds === null)
    return { mirror: alone, receiver: null }
  const candidates = candidatesOf(input, planned, alone)
  if (candidates.length === 0) return { mirror: alone, receiver: null }
  const wider = withEventsOf(input, planned, candidates)
  const estimates = wider === planned ? input.estimates : input.estimates.map((one) => coveredBy(one, wider))
  const ways = new Map<string, MirroredAccount>()
  const wayOf = (added: AddedIntervals): MirroredAccount => {
    if (added.size === 0) return alone
    const key = [...added.keys()].join(" ")
    const way = ways.get(key) ?? wayWith(input, estimates, wider, added)!
    ways.set(key, way)
    return way
  }
  const goals = goalsUnder({ ...input, estimates, planned: wider, boundSeconds }, alone)
  const added = addedTypes({ candidates, ...goals, callsWith: (some) => wayOf(some).way.calls })
  return added.size === 0
    ? { mirror: alone, receiver: null }
    : withAdded(wayOf(added), alone, receiverOf(input, wider, subscribed, added))
}

/** Types that pollers list, that reconciliation can read, and that the settings do not leave out. */
const candidatesOf = (
  { estimates, schedule }: ThroughMirrorInput,
  { provider }: PlannedEvents,
  { lacking }: MirroredAccount
): ReadonlyArray<string> => {
  const listed = new Set(estimates.flatMap(({ poller }) => entitiesOf(poller)))
  return [...lacking.keys()]
    .filter(
      (entity) => listed.has(entity) && provider.sweeps[entity] !== undefined && schedule.own[entity] === undefined
    )
    .sort()
}

/** The plan's events and, by its routes, those of more types: a plan that is given may lack them. */
const withEventsOf = (
  { changesOf }: ThroughMirrorInput,
  planned: PlannedEvents,
  entities: ReadonlyArray<string>
): PlannedEvents => {
  const { events, provider, routes } = planned
  const more = eventPlanOf(provider, routes, entities, changesOf)
  if ([...more.events].every((event) => events.has(event))) return planned
  return joined(planned, more)
}

const ownWith = ({ own }: Schedule, added: AddedIntervals): OwnIntervals => ({ ...own, ...Object.fromEntries(added) })

const wayWith = (
  {
    account,
    changesOf,
    hoursOf,
    migrating,
    reconciled,
    recording,
    rule,
    schedule,
    settings,
    table
  }: ThroughMirrorInput,
  estimates: ReadonlyArray<PollerEstimates>,
  planned: PlannedEvents | null,
  added: AddedIntervals
): MirroredAccount | null => {
  const evidence = settings.evidence?.[account]
  const under: Schedule = { ...schedule, own: ownWith(schedule, added) }
  const isReceived = planned !== null && migrating.length > 0
  const types = isReceived ? withOwn(planned.provider, [...reconciled, ...added.keys()], under.own) : []
  return mirroredAccount({
    recording,
    rule,
    estimates,
    planned,
    intervals: planned === null ? new Map() : intervalsUnder(planned, types, under.every, under.own),
    changesOf,
    window: settings.window,
    latency: latencyOf(evidence),
    waitsOf: (one) => (planned === null ? [] : waitsOf(one, planned, types, under, evidence, hoursOf)),
    costs: migrationCosts(migrating, planned, table, under, settings.window)
  })
}

/** The plan's rule of freshness, for the pollers that lack a type. */
const goalsUnder = (
  {
    account,
    boundSeconds,
    estimates,
    hoursOf,
    migrating,
    planned,
    reconciled,
    schedule,
    settings,
    table
  }: ThroughMirrorInput & { readonly planned: PlannedEvents; readonly boundSeconds: number },
  { lacking }: MirroredAccount
): {
  readonly intervalOf: (entity: string) => SweepInterval | null
  readonly broken: (added: AddedIntervals) => ReadonlyArray<string>
} => {
  const { from, to } = settings.window
  const latency = latencyOf(settings.evidence?.[account])
  const candidates = new Map(
    estimates.map((one): readonly [string, Candidate] => [
      one.poller.id,
      {
        one,
        goals: goalsOf(one, settings),
        waiting: waitingOf(one, evidenceOf(one, settings)),
        ifItStays: one.poller.calls
      }
    ])
  )
  const asking = (entity: string): ReadonlyArray<Candidate> =>
    [...(lacking.get(entity) ?? [])]
      .map((id) => candidates.get(id)!)
      .filter(({ one, waiting }) => entitiesOf(one.poller).includes(entity) || waiting.has(entity))
  const chosen = (entity: string, own: OwnIntervals): SweepInterval => {
    const set = own[entity]
    return set === undefined || set === "off" ? boundSeconds : set
  }
  return {
    intervalOf: (entity) => {
      const cost = (_: unknown, own: OwnIntervals): number =>
        table
          .chargesOf(migrating, planned, {
            ...schedule,
            own: ownWith(schedule, new Map([[entity, chosen(entity, own)]]))
          })
          .reduce((sum, { calls }) => sum + calls, 0)
      const days = (to - from) / 86_400_000
      const search = { planned, boundSeconds, extra: [], cost, latency, hoursOf, days }
      const own = intervalsFor(asking(entity), search)
      return own === null ? null : chosen(entity, own)
    },
    broken: (added) => {
      const own = ownWith(schedule, added)
      const types = withOwn(planned.provider, [...reconciled, ...added.keys()], own)
      const intervals = noticedUnder(planned, types, schedule.every, own)
      return [...added.keys()].filter((entity) =>
        asking(entity).some(({ goals, waiting }) =>
          goals.some((goal) => !keeps(goal, waitsUnder(waiting, intervals, boundSeconds, hoursOf), latency))
        )
      )
    }
  }
}

const receiverOf = (
  { account, reconciled, schedule }: ThroughMirrorInput,
  wider: PlannedEvents,
  subscribed: PlannedEvents,
  added: AddedIntervals
): MirrorReceiver => {
  const { provider } = wider
  const own = ownWith(schedule, added)
  return {
    account,
    planned: joined(subscribed, restrictTo(wider, added.keys())),
    entities: withOwn(provider, [...reconciled, ...added.keys()], own),
    own,
    added: [...added].map(
      ([entity, every]): MirrorAddition => ({
        account,
        entity,
        ...reported(every),
        events: [...restrictTo(wider, [entity]).events].filter((event) => !subscribed.events.has(event)).sort()
      })
    )
  }
}

/** Each poller with the added types that its answers rest on. */
const withAdded = (mirror: MirroredAccount, alone: MirroredAccount, receiver: MirrorReceiver): ThroughMirror => {
  const typesOf = (id: string): ReadonlyArray<string> =>
    receiver.added.flatMap(({ entity }) => (alone.lacking.get(entity)?.has(id) === true ? [entity] : []))
  return {
    mirror: {
      ...mirror,
      way: { ...mirror.way, added: receiver.added },
      pollers: () =>
        new Map(
          [...mirror.pollers()].map(([id, one]): readonly [string, PollerMirror] => {
            const types = typesOf(id)
            return [id, types.length === 0 ? one : { ...one, added: types }]
          })
        )
    },
    receiver
  }
}
