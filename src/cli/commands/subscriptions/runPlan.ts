/** Shows the planned subscriptions, with the runbooks of routes without an API. */
import { Effect } from "effect"
import { profileOf } from "../../../config/service.js"
import { signatureHeader } from "../../../receiver/index.js"
import { type PlannedSubscription, runbooksFor } from "../../../subscriptions/index.js"
import { unknownPublicUrl } from "../../Accounts.js"
import { columns, note, print, printJson } from "../../Output.js"
import { earlier } from "./EarlierSubscriptions.js"
import { chosen, leftOut, plannedAt } from "./PlannedSubscriptions.js"
import type { PlanOptions } from "./SubscriptionsCommand.js"

const showPlan = (plan: ReadonlyArray<PlannedSubscription>): string =>
  columns(
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

const placeholder = "<receiver.publicUrl>"

const withPlaceholder = (text: string): string => text.replaceAll(unknownPublicUrl, placeholder)

/** An unknown target is `null` for programs. */
const withoutTarget = (one: PlannedSubscription) => ({ ...one, target: null })

export const runPlan = (options: PlanOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { publicUrl } = config.receiver
    const { plan } = yield* plannedAt(publicUrl ?? unknownPublicUrl, options, sources)
    if (publicUrl === undefined)
      yield* note(
        `hookshift: receiver.publicUrl is not set: put the address at which the provider reaches the receiver into the configuration before subscriptions apply; until then ${placeholder} stands for it`
      )
    if (options.json) return yield* printJson(publicUrl === undefined ? plan.map(withoutTarget) : plan)
    const shown = (text: string): string => (publicUrl === undefined ? withPlaceholder(text) : text)
    yield* print([...(plan.length === 0 ? [] : [shown(showPlan(plan))]), ...leftOut(options, sources, plan)].join("\n"))
    // A product's one webhook has all events of its source; workflows are made one by one.
    const whole = sources.filter(({ provider }) => provider.runbook?.body === null)
    const kept = yield* earlier(options.db, publicUrl ?? unknownPublicUrl, whole, plan, "ui")
    const books = sources.flatMap((source) =>
      runbooksFor(
        source.provider,
        [...plan, ...kept].filter((one) => one.source === source.name),
        signatureHeader[profileOf(source, "ui")]
      )
    )
    for (const { steps, title } of books)
      yield* print(shown(["", title, ...steps.map((step, index) => `  ${index + 1}. ${step}`)].join("\n")))
  })
