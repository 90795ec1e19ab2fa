/** Removes the applied subscriptions. */
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { Store } from "../../../store/service.js"
import { removeSubscriptions, type SubscriptionStatus } from "../../../subscriptions/index.js"
import { print, printJson } from "../../Output.js"
import { chosen } from "./PlannedSubscriptions.js"
import { clientOf } from "./RuleClient.js"
import { showStatus } from "./StatusTable.js"
import type { SourceOptions } from "./SubscriptionsCommand.js"

export const runRemove = (options: SourceOptions) =>
  Effect.flatMap(chosen(options), ({ sources }) =>
    Effect.gen(function* () {
      const lines: Array<SubscriptionStatus> = []
      for (const source of sources) {
        const client = yield* clientOf(source)
        lines.push(...(yield* removeSubscriptions(source.name, client)))
      }
      yield* options.json ? printJson(lines) : print(showStatus(lines))
    }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))
  ).pipe(Effect.provide(FetchHttpClient.layer))
