/** Shows the planned subscriptions, with the runbooks of routes without an API. */
import { Effect } from "effect"
import { profileOf } from "../../../config/service.js"
import { signatureHeader } from "../../../receiver/index.js"
import { Store } from "../../../store/service.js"
import { type PlannedSubscription, runbooksFor } from "../../../subscriptions/index.js"
import { columns, print, printJson } from "../../Output.js"
import { chosen, planned } from "./PlannedSubscriptions.js"
import type { PlanOptions } from "./SubscriptionsCommand.js"

const showPlan = (plan: ReadonlyArray<PlannedSubscription>): string =>
  plan.length === 0
    ? "no verdict calls for a subscription"
    : columns(
        ["source", "event", "route", "watches", "leaves out", "target"],
        plan.map((one) => [
          one.source,
          one.event,
          one.route,
          one.watches.join(", "),
          one.leavesOut === null ? "" : `changes by ${one.leavesOut}`,
          one.target
        ])
      )

export const runPlan = (options: PlanOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { plan } = yield* planned(options, config, sources)
    if (options.json) return yield* printJson(plan)
    yield* print(showPlan(plan))
    const books = sources.flatMap((source) =>
      runbooksFor(
        source.provider,
        plan.filter((one) => one.source === source.name),
        signatureHeader[profileOf(source, "ui")]
      )
    )
    for (const { steps, title } of books)
      yield* print(["", title, ...steps.map((step, index) => `  ${index + 1}. ${step}`)].join("\n"))
  }).pipe(Effect.provide(Store.layer(options.db)))
