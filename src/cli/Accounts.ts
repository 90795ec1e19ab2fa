/** The accounts and goals of commands that analyse, from the configuration and their options. */
import { Effect, Option } from "effect"
import { loadConfig, reconcileSettings, sourcesOf } from "../config/service.js"
import { allProviders } from "../providers/index.js"
import { UsageError } from "./Failure.js"
import { goalsOf } from "./OptionValues.js"

export const accountsOf = (config: Option.Option<string>, plan: Option.Option<string> = Option.none()) =>
  Effect.gen(function* () {
    const loaded = yield* loadConfig(Option.getOrUndefined(config))
    const sources = yield* sourcesOf(loaded)
    const named = Option.getOrUndefined(plan)
    if (named !== undefined && !allProviders().some((provider) => provider.plans[named] !== undefined)) {
      const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.plans)))]
      return yield* new UsageError({
        message: `--plan ${named} is not a known plan: choose one of ${known.join(", ")}`
      })
    }
    return {
      routes: Object.fromEntries(sources.map((source) => [source.account, source.routes])),
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

/** The goals of `--slo`, each for an entity type that some product has. */
export const knownGoals = (text: string) =>
  Effect.gen(function* () {
    const goals = yield* goalsOf(text)
    const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.entities)))].sort()
    const unknown = Object.keys(goals).find((entity) => !known.includes(entity))
    if (unknown !== undefined)
      return yield* new UsageError({
        message: `--slo ${unknown} is not a known entity type: choose one of ${known.join(", ")}`
      })
    return goals
  })
