/** Runbooks: the steps to set up a webhook by hand, with every field, URL, header and body filled in. Pure. */
import { actionOf, entityOf } from "../domain/Event.js"
import { groupBy } from "../domain/Grouping.js"
import type { Provider } from "../providers/index.js"
import type { PlannedSubscription } from "./SubscriptionPlan.js"

export interface RunbookSteps {
  readonly source: string
  readonly account: string
  readonly event: string
  readonly title: string
  readonly steps: ReadonlyArray<string>
}

/** A runbook for each planned subscription of the `ui` route; a single one where the product has one webhook. */
export const runbooksFor = (
  provider: Provider,
  plan: ReadonlyArray<PlannedSubscription>,
  header: string
): ReadonlyArray<RunbookSteps> => {
  const { runbook } = provider
  const mine = plan.filter((one) => one.route === "ui")
  if (runbook === null || mine.length === 0) return []
  const { body } = runbook
  const groups = body === null ? [...groupBy(mine, (one) => one.target).values()] : mine.map((one) => [one])
  return groups.map((group) => {
    const first = group[0]!
    const events = group.map((one) => one.event).join(", ")
    const entity = entityOf(first.event)
    const action = first.event.endsWith("_create")
      ? `${entity} is created`
      : `${entity} is updated (${fieldsOf(first)})`
    const fill = (step: string): string =>
      step
        .replace("{url}", first.target)
        .replace("{header}", header)
        .replace("{action}", action)
        .replace("{entity}", entity)
        .replace("{events}", events)
    return {
      source: first.source,
      account: first.account,
      event: events,
      title: `${first.account}: ${events} (${runbook.place})`,
      steps: [...runbook.steps.map(fill), ...(body === null ? [] : [`the body: ${body(first.event, first.account)}`])]
    }
  })
}

/** The fields that a workflow watches, beside the action itself. */
const fieldsOf = ({ event, watches }: PlannedSubscription): string => {
  const fields = watches.filter((watched) => watched !== actionOf(event))
  return fields.length === 0 ? "any field" : fields.join(", ")
}
