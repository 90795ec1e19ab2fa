/** The subscriptions that the verdicts on a recording, or the named events, call for. */
import { Effect, Option } from "effect"
import { analyseStore, planFor } from "../../../audit/index.js"
import {
  type Config,
  chosenSources,
  generalReconcileSettings,
  loadConfig,
  type Source
} from "../../../config/service.js"
import { entityOf } from "../../../domain/Event.js"
import { nearestName } from "../../../domain/NearestName.js"
import { eventsOf, planOf, sweepable } from "../../../providers/index.js"
import { Store } from "../../../store/service.js"
import { type PlannedSubscription, planSubscriptions, withEarlierWatches } from "../../../subscriptions/index.js"
import { UsageError } from "../../Failure.js"
import { readStore, readStoreIfAny } from "../../ReadStore.js"
import { scheduleOf } from "../../Schedule.js"
import { measuredPushes } from "../shadow/LiveComparison.js"
import type { PlanOptions, SourceOptions } from "./SubscriptionsCommand.js"

export const chosen = (options: SourceOptions) =>
  Effect.gen(function* () {
    const config = yield* loadConfig(Option.getOrUndefined(options.config))
    const sources = yield* chosenSources(config, Option.getOrUndefined(options.source))
    return { config, sources }
  })

export const eventsNamed = (list: string): ReadonlyArray<string> =>
  list
    .split(",")
    .map((event) => event.trim())
    .filter((event) => event !== "")

/** A line for each source that the plan leaves out. */
export const leftOut = (
  { events }: Pick<PlanOptions, "events">,
  sources: ReadonlyArray<Source>,
  plan: ReadonlyArray<PlannedSubscription>
): ReadonlyArray<string> =>
  sources
    .filter(({ name }) => !plan.some(({ source }) => source === name))
    .map(({ name }) =>
      Option.isSome(events)
        ? `${name}: its routes have none of these events, so nothing is subscribed`
        : `${name}: no verdict calls for a subscription (hookshift subscriptions plan --events LIST names events instead)`
    )

const meantBy = (event: string, sources: ReadonlyArray<Source>): string => {
  const near = nearestName(event, sources.flatMap(eventsOfSource))
  return near === null ? "see docs/subscriptions.md" : `did you mean "${near}"?`
}

const eventsOfSource = ({ provider, routes }: Source): ReadonlyArray<string> =>
  routes.flatMap((route) =>
    Object.keys(provider.routes[route] ?? {}).flatMap((entity) => eventsOf(provider, route, entity))
  )

/** Events that are named need no recording. */
const plannedStore = ({ db, events }: PlanOptions) => (Option.isSome(events) ? readStoreIfAny(db) : readStore(db))

export const publicUrlOf = (config: Config): Effect.Effect<string, UsageError> =>
  config.receiver.publicUrl === undefined
    ? Effect.fail(
        new UsageError({
          message: "receiver.publicUrl is not set: say in the configuration where the provider reaches the receiver"
        })
      )
    : Effect.succeed(config.receiver.publicUrl)

export const plannedAt = (publicUrl: string, options: PlanOptions, sources: ReadonlyArray<Source>) =>
  Effect.provide(plannedFrom(publicUrl, options, sources), plannedStore(options))

const plannedFrom = (publicUrl: string, options: PlanOptions, sources: ReadonlyArray<Source>) =>
  Effect.gen(function* () {
    if (Option.isSome(options.events)) {
      const events = eventsNamed(options.events.value)
      const plans = sources.map((source) => ({
        events,
        plan: planSubscriptions({
          source: source.name,
          account: source.account,
          planned: planOf(source.provider, source.routes, events),
          publicUrl,
          alsoWatch: [],
          serviceAccount: source.serviceAccount
        })
      }))
      const unknown = events.find((event) => plans.every(({ plan }) => plan.every((one) => one.event !== event)))
      if (unknown !== undefined)
        return yield* new UsageError({
          message: `no route of these sources has the event "${unknown}": ${meantBy(unknown, sources)}`
        })
      const applied = yield* (yield* Store).subscriptions
      return {
        plan: withEarlierWatches(
          plans.flatMap(({ plan }) => plan),
          applied
        ),
        reconciledFor: ({ provider }: Source) => sweepable(provider, events.map(entityOf))
      }
    }
    const analysis = yield* analyseStore({
      from: null,
      to: null,
      ...(yield* scheduleOf(options)),
      evidence: yield* measuredPushes(options),
      routes: Object.fromEntries(sources.map((source) => [source.account, source.routes])),
      plans: {},
      reconcile: generalReconcileSettings(sources)
    })
    const accounts = new Set(sources.map((source) => source.account))
    const plan = planFor(analysis, {
      sources: Object.fromEntries(sources.map((source) => [source.account, source.name])),
      serviceAccounts: Object.fromEntries(
        sources.flatMap((source) => (source.serviceAccount === null ? [] : [[source.account, source.serviceAccount]]))
      ),
      publicUrl
    })
    return {
      plan: plan.filter((one) => accounts.has(one.account)),
      reconciledFor: ({ account }: Source): ReadonlyArray<string> =>
        analysis.needs.find((need) => need.account === account)?.entities ?? []
    }
  })
