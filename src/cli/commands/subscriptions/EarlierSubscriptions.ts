/** Subscriptions applied before for the chosen sources, which another apply and a new app keep. */
import { Effect } from "effect"
import type { Source } from "../../../config/service.js"
import type { Route } from "../../../providers/index.js"
import { Store } from "../../../store/service.js"
import { appliedBefore, hookOf, type PlannedSubscription } from "../../../subscriptions/index.js"
import { readStoreIfAny } from "../../ReadStore.js"

export const installUrlOf = ({ webhooks }: Source): string | null =>
  webhooks.find(({ route }) => route === "app")?.installUrl ?? null

/** The earlier subscriptions by a route that the plan does not name. */
export const earlier = (
  db: string,
  publicUrl: string,
  sources: ReadonlyArray<Source>,
  plan: ReadonlyArray<PlannedSubscription>,
  route: Route
) =>
  Effect.gen(function* () {
    const hooks = sources.map(({ name, provider }) => ({
      source: name,
      product: provider.product,
      target: hookOf(publicUrl, name)
    }))
    return appliedBefore(plan, yield* (yield* Store).subscriptions, route, hooks)
  }).pipe(Effect.provide(readStoreIfAny(db)))

/** The events of subscriptions, source by source, for a sentence. */
export const eventsBySource = (
  subscriptions: ReadonlyArray<PlannedSubscription>
): ReadonlyArray<readonly [string, string]> =>
  [...new Set(subscriptions.map(({ source }) => source))].map((source) => [
    source,
    subscriptions
      .filter((one) => one.source === source)
      .map(({ event }) => event)
      .join(", ")
  ])
