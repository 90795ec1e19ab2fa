/** The plan of an analysis as the value that other commands take. Pure. */
import type { MigrationPlan } from "../../domain/MigrationPlan.js"
import { intervalIn } from "../../domain/SweepInterval.js"
import { becomes, mainReason } from "../../domain/Verdict.js"
import type { Analysis } from "../Analysis.js"

/**
 * Of all accounts that are planned; `forMirror`: with the types that only a mirror needs. `slo`: the goals that it
 * keeps, as the option takes them.
 */
export const migrationPlanOf = (
  { mirrorReceivers, needs, plans, pollers }: Pick<Analysis, "mirrorReceivers" | "needs" | "plans" | "pollers">,
  healWithinSeconds: number,
  { forMirror = false, slo = "" }: { readonly forMirror?: boolean; readonly slo?: string } = {}
): MigrationPlan => ({
  version: 1,
  healWithinSeconds,
  ...(slo.trim() === "" ? {} : { slo: slo.trim() }),
  accounts: plans.flatMap(({ account, product, schedule }) => {
    const more = forMirror ? mirrorReceivers.find((one) => one.account === account) : undefined
    const planned = more?.planned ?? needs.find((need) => need.account === account)?.planned
    const routes = [...(planned?.eventsBy ?? [])].map(([route, events]) => ({
      route,
      events: [...events].map((event) => ({
        event,
        watches: route === "app" ? [] : (planned?.watches.get(event) ?? [])
      }))
    }))
    if (routes.length === 0 && pollers.every((poller) => poller.account !== account)) return []
    return [
      {
        account,
        product,
        routes,
        reconcile: Object.fromEntries(
          [...schedule, ...(more?.added ?? [])]
            .sort(byEntity)
            .map((one) => [one.entity, intervalIn(one) ?? ("off" as const)])
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

const byEntity = (a: { readonly entity: string }, b: { readonly entity: string }): number =>
  a.entity < b.entity ? -1 : 1
