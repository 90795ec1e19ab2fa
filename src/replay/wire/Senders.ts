/** How the plans' senders are asked for pushes, and how each of them proves itself to the receiver. */
import { ruleBody } from "../../providers/index.js"
import { type ReceiverSource, signatureHeader } from "../../receiver/index.js"
import type { ProviderPort, PushSetUp } from "./ProviderPort.js"
import type { ReplayPlan } from "./ReplayPlan.js"

const secret = "replay-webhook-secret"

const setUpOf = ({ account, events, provider, routes: [route = "app"] }: ReplayPlan, url: string): PushSetUp => {
  const body = provider.runbook?.body ?? null
  const bodyOf = (event: string): string =>
    route === "rule" || body === null ? ruleBody(event, account) : body(event, account)
  return {
    account,
    route,
    url,
    secret,
    header: signatureHeader.token,
    events,
    bodies: route === "app" ? {} : Object.fromEntries(events.map((event) => [event, bodyOf(event)]))
  }
}

/** Sets up the pushes of all plans to a receiver on that port; by source, the receiver's settings. */
export const setUpSenders = (
  providerPort: ProviderPort,
  plans: ReadonlyArray<ReplayPlan>,
  port: number
): Readonly<Record<string, ReceiverSource>> =>
  Object.fromEntries(
    plans.map((plan) => {
      const {
        provider,
        routes: [route],
        source
      } = plan
      const { publicKey } = providerPort.install(setUpOf(plan, `http://127.0.0.1:${port}/hooks/${source}`))
      // A product that signs by itself says its key when it is set up.
      const settings: ReceiverSource =
        publicKey === null
          ? { product: provider.product, profile: route === "app" ? "freshworks" : "token", secrets: [secret] }
          : { product: provider.product, profile: "freshchat", secrets: [publicKey] }
      return [source, settings]
    })
  )
