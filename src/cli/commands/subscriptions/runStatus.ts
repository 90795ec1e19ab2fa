/** Shows whether the applied subscriptions are still in place. */
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { profileOf } from "../../../config/service.js"
import { signatureHeader } from "../../../receiver/index.js"
import { Store } from "../../../store/service.js"
import { type SubscriptionStatus, subscriptionStatus } from "../../../subscriptions/index.js"
import { GateFailed } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import { installUrlOf } from "./EarlierSubscriptions.js"
import { chosen } from "./PlannedSubscriptions.js"
import { clientOf } from "./RuleClient.js"
import { showStatus } from "./StatusTable.js"
import type { SourceOptions } from "./SubscriptionsCommand.js"

/** With its route where others of its source come by another. */
const nameOf = ({ event, route, source, state }: SubscriptionStatus, all: ReadonlyArray<SubscriptionStatus>) =>
  all.some((other) => other.source === source && other.route !== route)
    ? `${event} by ${route} ${state}`
    : `${event} ${state}`

const drift = new Set(["changed", "outdated", "inactive", "missing"])

export const runStatus = (options: SourceOptions) =>
  Effect.flatMap(chosen(options), ({ sources }) =>
    Effect.gen(function* () {
      const lines: Array<SubscriptionStatus> = []
      for (const source of sources) {
        const client = yield* clientOf(source)
        const tokenHeader = signatureHeader[profileOf(source, "rule")]
        lines.push(...(yield* subscriptionStatus(source.name, client, tokenHeader, installUrlOf(source))))
      }
      yield* options.json ? printJson(lines) : print(showStatus(lines))
      const off = lines.filter((line) => drift.has(line.state))
      if (off.length > 0)
        return yield* new GateFailed({
          message: `${off.length} of ${lines.length} subscriptions are not as applied: ${off.map((line) => nameOf(line, lines)).join(", ")}; run hookshift subscriptions apply`
        })
    }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))
  ).pipe(Effect.provide(FetchHttpClient.layer))
