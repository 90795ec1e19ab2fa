/** The accounts and goals of commands that analyse, from the configuration and their options. */
import { Effect, Option } from "effect"
import { type Config, loadConfig, reconcileSettings, sourcesOf } from "../config/service.js"
import { configuredRule } from "../mirror/service.js"
import { allProviders, inOrder, type Route, routes } from "../providers/index.js"
import { UsageError } from "./Failure.js"
import { goalsOf } from "./OptionValues.js"

/** Stands for the receiver's address in plans that are only explained. */
export const unknownPublicUrl = "https://hooks.example"

export interface AccountsOptions {
  readonly config: Option.Option<string>
  readonly plan?: Option.Option<string>
  readonly route: Option.Option<string>
}

export const accountsOf = (options: AccountsOptions) => Effect.flatMap(loadedFor(options), accountsIn(options))

/** With the mirror's rule: the way through the mirror is forecast as well, which takes a walk over all requests. */
export const mirroredAccountsOf = (options: AccountsOptions) =>
  Effect.flatMap(loadedFor(options), (loaded) =>
    Effect.map(accountsIn(options)(loaded), (accounts) => ({ ...accounts, mirror: configuredRule(loaded) }))
  )

const loadedFor = ({ config }: AccountsOptions) => loadConfig(Option.getOrUndefined(config))

const accountsIn =
  ({ plan = Option.none(), route }: AccountsOptions) =>
  (loaded: Config) =>
    Effect.gen(function* () {
      const sources = yield* sourcesOf(loaded)
      const chosenPlan = Option.getOrUndefined(plan)
      if (chosenPlan !== undefined && !allProviders().some((provider) => provider.plans[chosenPlan] !== undefined)) {
        const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.plans)))]
        return yield* new UsageError({
          message: `--plan ${chosenPlan} is not a known plan: choose one of ${known.join(", ")}`
        })
      }
      const chosenRoutes = yield* chosenRoutesOf(route)
      return {
        ...(chosenRoutes === null ? {} : { chosenRoutes }),
        routes: Object.fromEntries(sources.map((source) => [source.account, source.routes])),
        ...(chosenPlan === undefined ? {} : { chosenPlan }),
        plans: Object.fromEntries(sources.flatMap(({ account, plan }) => (plan === null ? [] : [[account, plan]]))),
        limits: Object.fromEntries(
          sources.flatMap(({ account, config }) => (config.limit === undefined ? [] : [[account, config.limit]]))
        ),
        sources: Object.fromEntries(sources.map((source) => [source.account, source.name])),
        reconcile: reconcileSettings(sources),
        serviceAccounts: Object.fromEntries(
          sources.flatMap((source) => (source.serviceAccount === null ? [] : [[source.account, source.serviceAccount]]))
        ),
        publicUrl: loaded.receiver.publicUrl ?? unknownPublicUrl
      }
    })

/** The routes of `--route`; `null` where it is not given. */
export const chosenRoutesOf = (
  option: Option.Option<string>
): Effect.Effect<ReadonlyArray<Route> | null, UsageError> => {
  if (Option.isNone(option)) return Effect.succeed(null)
  const named = option.value.split(",").map((name) => name.trim())
  const unknown = named.find((name) => !(routes as ReadonlyArray<string>).includes(name))
  return unknown === undefined
    ? Effect.succeed(inOrder(named as ReadonlyArray<Route>))
    : Effect.fail(
        new UsageError({
          message: `--route takes one or several of ${routes.join(", ")}, with commas between them, such as app,rule, not "${option.value}"`
        })
      )
}

/** The goals of `--slo`, or of the plan that is carried out, each for an entity type that some product has. */
export const knownGoals = (option: string, { slo = "" }: { readonly slo?: string } = {}) =>
  Effect.gen(function* () {
    const text = option === "" ? slo : option
    if (text.trim() === "none") return { freshnessGoals: {}, dropsFreshness: true }
    const goals = yield* goalsOf(text)
    const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.entities)))].sort()
    const unknown = Object.keys(goals).find((entity) => !known.includes(entity))
    if (unknown !== undefined)
      return yield* new UsageError({
        message: `--slo ${unknown} is not a known entity type: choose one of ${known.join(", ")}`
      })
    return { freshnessGoals: goals, dropsFreshness: false }
  })
