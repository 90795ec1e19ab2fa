/** What commands that analyse need to know of accounts and goals: from the configuration, and from their options. */
import { Duration, Effect, Option } from "effect"
import { loadConfig, type Source, sourcesOf } from "../config/service.js"
import { allProviders, type OwnIntervals } from "../providers/index.js"
import { UsageError } from "./Failure.js"
import { goalsOf } from "./OptionValues.js"

export const accountsOf = (config: Option.Option<string>, plan: Option.Option<string> = Option.none()) =>
  Effect.gen(function* () {
    const loaded = yield* loadConfig(Option.getOrUndefined(config))
    const sources = yield* sourcesOf(loaded)
    const named = Option.getOrUndefined(plan)
    if (named !== undefined && !allProviders().some((provider) => provider.plans[named] !== undefined)) {
      const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.plans)))]
      return yield* new UsageError({ message: `--plan ${named} is no plan: choose one of ${known.join(", ")}` })
    }
    return {
      routes: Object.fromEntries(sources.map((source) => [source.account, source.route])),
      plans: Object.fromEntries(
        sources.flatMap((source) => ((named ?? source.plan) === null ? [] : [[source.account, named ?? source.plan!]]))
      ),
      sources: Object.fromEntries(sources.map((source) => [source.account, source.name])),
      reconcile: reconcileSettings(sources),
      serviceAccounts: Object.fromEntries(
        sources.flatMap((source) => (source.serviceAccount === null ? [] : [[source.account, source.serviceAccount]]))
      ),
      publicUrl: loaded.receiver.publicUrl ?? "https://hooks.example",
      plan: named
    }
  })

/** By account: what its source's `reconcile` sets, in seconds. */
export const reconcileSettings = (
  sources: ReadonlyArray<Source>
): Readonly<Record<string, { readonly every: number | null; readonly own: OwnIntervals }>> =>
  Object.fromEntries(
    sources.map(({ account, config, reconcileOwn }) => [
      account,
      {
        every: config.reconcile?.every === undefined ? null : Duration.toSeconds(config.reconcile.every),
        own: Object.fromEntries(
          Object.entries(reconcileOwn).map(([entity, every]) => [entity, every === "off" ? every : every / 1_000])
        )
      }
    ])
  )

/** The same without what is set for single types: for what the verdicts themselves call for. */
export const intervalsOnly = (sources: ReadonlyArray<Source>) =>
  Object.fromEntries(
    Object.entries(reconcileSettings(sources)).map(([account, { every }]) => [account, { every, own: {} }])
  )

/** The goals of `--slo`, each for an entity type that some product has. */
export const knownGoals = (text: string) =>
  Effect.gen(function* () {
    const goals = yield* goalsOf(text)
    const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.entities)))].sort()
    const unknown = Object.keys(goals).find((entity) => !known.includes(entity))
    if (unknown !== undefined)
      return yield* new UsageError({ message: `--slo ${unknown} is no entity type: choose one of ${known.join(", ")}` })
    return goals
  })
