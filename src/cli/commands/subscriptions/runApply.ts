/** Creates and updates the planned subscriptions, source by source. */
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { profileOf, webhookSecretsOf } from "../../../config/service.js"
import { signatureHeader } from "../../../receiver/index.js"
import { Store } from "../../../store/service.js"
import { applyPlan, describeRequests } from "../../../subscriptions/index.js"
import { print, printJson } from "../../Output.js"
import { chosen, planned } from "./PlannedSubscriptions.js"
import { clientOf } from "./RuleClient.js"
import type { ApplyOptions } from "./SubscriptionsCommand.js"

export const runApply = (options: ApplyOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { plan, reconciledFor } = yield* planned(options, config, sources)
    const store = yield* Store
    const results: Array<unknown> = []
    const lines: Array<string> = []
    for (const source of sources) {
      const mine = plan.filter((one) => one.source === source.name)
      const tokenHeader = signatureHeader[profileOf(source)]
      if (options.dryRun) {
        results.push(...describeRequests(mine, tokenHeader, source.installUrl))
        continue
      }
      const secret = (yield* webhookSecretsOf(source))[0]!
      const outcomes = yield* applyPlan(mine, {
        client: yield* clientOf(source),
        tokenHeader,
        secret,
        installUrl: source.installUrl,
        refresh: options.refresh
      })
      // The receiver reconciles the entity types of these subscriptions, including dependants that have no event.
      if (mine.length > 0) yield* store.setReconciledEntities(source.name, reconciledFor(source))
      for (const { action, state, subscription } of outcomes) {
        results.push({ source: source.name, route: subscription.route, event: subscription.event, action, state })
        lines.push(`${subscription.event.padEnd(22)} ${subscription.route.padEnd(5)} ${action.padEnd(10)} ${state}`)
      }
      if (outcomes.some((outcome) => outcome.action === "waiting")) {
        lines.push(
          source.routes.includes("app")
            ? `make the app of ${source.name} with hookshift subscriptions app --out DIR and publish it: status shows it active once its first delivery is verified`
            : `follow the steps that hookshift subscriptions plan --source ${source.name} prints: status shows it active once its first delivery is verified`
        )
      }
    }
    yield* options.json || options.dryRun
      ? printJson(results)
      : print(lines.length === 0 ? "no verdict calls for a subscription" : lines.join("\n"))
  }).pipe(Effect.provide(Store.layer(options.db)), Effect.provide(FetchHttpClient.layer))
