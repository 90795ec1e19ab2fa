/** The plan of an analysis as the value that other commands take. Pure. */
import type { MigrationPlan } from "../../domain/MigrationPlan.js"
import { becomes, mainReason } from "../../domain/Verdict.js"
import type { Analysis } from "../Analysis.js"

/** Of the accounts with a poller that webhooks replace. */
export const migrationPlanOf = (
  { needs, plans, pollers }: Pick<Analysis, "needs" | "plans" | "pollers">,
  healWithinSeconds: number
): MigrationPlan => ({
  version: 1,
  healWithinSeconds,
  accounts: plans.flatMap(({ account, product, schedule }) => {
    const planned = needs.find((need) => need.account === account)?.planned
    const [first, ...further] = [...(planned?.eventsBy ?? [])].map(([route, events]) => ({
      route,
      events: [...events].map((event) => ({
        event,
        watches: route === "app" ? [] : (planned?.watches.get(event) ?? [])
      }))
    }))
    if (first === undefined) return []
    return [
      {
        account,
        product,
        routes: [first, ...further] as const,
        reconcile: Object.fromEntries(
          schedule.map(({ busy, entity, everySeconds }) => [
            entity,
            everySeconds === null
              ? ("off" as const)
              : busy === undefined
                ? everySeconds
                : { every: everySeconds, busy: busy.everySeconds, hours: busy.hours }
          ])
        ),
        pollers: pollers
          .filter((poller) => poller.account === account)
          .map((poller) => ({
            id: poller.id,
            integration: poller.integration,
            endpoint: poller.endpoint,
            becomes: becomes(poller),
            why: mainReason(poller.reasons)
          }))
      }
    ]
  })
})
