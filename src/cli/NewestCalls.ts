/** The analysis of a recording's newest calls by the defaults, for looks that have to be quick. */
import { Effect, Option } from "effect"
import { analyseStore } from "../audit/index.js"
import { Store } from "../store/service.js"
import { accountsOf } from "./Accounts.js"
import { readStore } from "./ReadStore.js"
import { scheduleOf } from "./Schedule.js"
import { plannedInterval } from "./SharedOptions.js"

/** `cut`: there were more calls than these. */
export const analyseNewest = (
  { config, db }: { readonly config: Option.Option<string>; readonly db: string },
  mostCalls: number
) =>
  Effect.gen(function* () {
    const from = yield* (yield* Store).beginningOfNewest(mostCalls)
    const analysis = yield* analyseStore({
      ...(yield* accountsOf({ config, route: Option.none() })),
      ...(yield* scheduleOf({
        healWithin: Option.none(),
        migration: Option.none(),
        reconcile: plannedInterval,
        takesStored: false
      })),
      from,
      to: null,
      freshnessGoals: {}
    })
    return { analysis, cut: from !== null }
  }).pipe(Effect.provide(readStore(db)))
