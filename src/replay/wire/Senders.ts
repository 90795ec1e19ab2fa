/** How the plans' senders are asked for pushes, and how each of them proves itself to the receiver. */
import { eventsOf, type Route, ruleBody } from "../../providers/index.js"
import { type ReceiverSender, type ReceiverSource, signatureHeader } from "../../receiver/index.js"
import type { ProviderPort, PushSetUp } from "./ProviderPort.js"
import type { ReplayPlan } from "./ReplayPlan.js"

const secret = "replay-webhook-secret"

const setUpOf = ({ account, planned }: ReplayPlan, route: Route, url: string): PushSetUp => {
  const { eventsBy, provider, watches } = planned
  const body = provider.runbook?.body ?? null
  const bodyOf = (event: string): string =>
    route === "rule" || body === null ? ruleBody(event, account) : body(event, account)
  const had = new Set(Object.keys(provider.routes[route] ?? {}).flatMap((entity) => eventsOf(provider, route, entity)))
  const own = [...eventsBy.get(route)!].filter((event) => had.has(event))
  return {
    account,
    route,
    url,
    secret,
    header: signatureHeader.token,
    events: own,
    bodies: route === "app" ? {} : Object.fromEntries(own.map((event) => [event, bodyOf(event)])),
    watches: route === "app" ? {} : Object.fromEntries([...watches].filter(([event]) => own.includes(event)))
  }
}

/** Sets up a route's pushes to a hook URL; a product that signs by itself says its key then. */
const setUp = (providerPort: ProviderPort, plan: ReplayPlan, route: Route, url: string): ReceiverSender => {
  const { publicKey } = providerPort.install(setUpOf(plan, route, url))
  return publicKey === null
    ? { route, profile: route === "app" ? "freshworks" : "token", secrets: [secret] }
    : { route, profile: "freshchat", secrets: [publicKey] }
}

/** Sets up the pushes of all plans, by each of their routes, to a receiver on that port; its settings by source. */
export const setUpSenders = (
  providerPort: ProviderPort,
  plans: ReadonlyArray<ReplayPlan>,
  port: number
): Readonly<Record<string, ReceiverSource>> =>
  Object.fromEntries(
    plans.map((plan) => {
      const { planned, source } = plan
      const { provider, routes } = planned
      const url = `http://127.0.0.1:${port}/hooks/${source}`
      const [first, ...further] = routes.map((route) => setUp(providerPort, plan, route, url))
      if (first === undefined) throw new Error(`the plan of ${plan.account} names no route`)
      return [source, { product: provider.product, ...first, ...(further.length === 0 ? {} : { further }) }]
    })
  )
