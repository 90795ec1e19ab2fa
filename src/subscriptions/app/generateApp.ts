/**
 * The app route as files: a Freshworks platform-3.0 custom app that subscribes to the planned events and posts each
 * on, signed (FRESHWORKS.md, "Webhooks", route 1). Pure: the caller writes the files.
 */
import { entityOf } from "../../domain/Event.js"
import { providerOf } from "../../providers/index.js"
import type { PlannedSubscription } from "../SubscriptionPlan.js"
import { appReadme } from "./appReadme.js"
import { type HandlerSettings, serverSource } from "./serverSource.js"

export interface AppFile {
  readonly path: string
  readonly text: string
}

/** Why no app can be generated: a sentence with the remedy. */
export interface AppImpossible {
  readonly problem: string
}

/** The vendor's kit as of August 2026 [docs], with the Node that others name beside it [field]. */
const engines = { node: "24.11.1", fdk: "10.1.9" }

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** The installation parameter that holds a source's secret. */
const secretParameter = (source: string): string => `webhook_secret_${source.replace(/[^a-z0-9]/gi, "_").toLowerCase()}`

/** How the installation page names that parameter. */
const parameterTitle = (source: string): string => `Webhook secret of ${source}`

export const generateApp = (plan: ReadonlyArray<PlannedSubscription>): ReadonlyArray<AppFile> | AppImpossible => {
  const wanted = plan.filter((one) => one.route === "app")
  if (wanted.length === 0)
    return {
      problem:
        'no source of the configuration uses the app route: set its webhook.route to "app", or name events with --events'
    }
  const targets = wanted.map((one) => new URL(one.target))
  const bad = targets.find((url) => url.protocol !== "https:" || url.port !== "")
  if (bad !== undefined)
    return {
      problem: `the platform posts to a host name over https without a port, and receiver.publicUrl is ${bad.origin}: put the receiver behind TLS on the usual port`
    }
  const modules: Record<string, { events: Record<string, { handler: string }> }> = {}
  const handlers: Array<HandlerSettings> = []
  for (const [index, subscription] of wanted.entries()) {
    const provider = providerOf(subscription.product)
    const event = provider?.appEvents[subscription.event]
    if (provider === null || event === undefined) continue
    const entity = entityOf(subscription.event)
    const type = provider.entities[entity]!
    const handler = `${event.module}_${event.productEvent}`
    const module = modules[event.module] ?? { events: {} }
    modules[event.module] = module
    module.events[event.productEvent] = { handler }
    handlers.push({
      handler,
      event: subscription.event,
      entity,
      payloadAt: event.payloadAt,
      idField: type.idField,
      stampField: type.updatedAtField,
      account: subscription.account,
      path: targets[index]!.pathname,
      secretParameter: secretParameter(subscription.source)
    })
  }
  const sources = [...new Set(wanted.map((one) => one.source))]
  return [
    {
      path: "manifest.json",
      text: json({
        "platform-version": "3.0",
        modules: { common: { requests: { postEvent: {} } }, ...modules },
        engines
      })
    },
    {
      path: "config/iparams.json",
      text: json(
        Object.fromEntries(
          sources.map((source) => [
            secretParameter(source),
            {
              display_name: parameterTitle(source),
              description: `What the receiver has as the webhook secret of the source ${source}`,
              type: "text",
              required: true,
              secure: true
            }
          ])
        )
      )
    },
    {
      path: "config/requests.json",
      text: json({
        postEvent: {
          schema: {
            protocol: "https",
            method: "POST",
            host: targets[0]!.hostname,
            path: "<%= context.path %>",
            headers: {
              "Content-Type": "application/json",
              "X-Freshworks-Signature": "<%= context.signature %>"
            }
          },
          options: { maxAttempts: 5, retryDelay: 1500 }
        }
      })
    },
    { path: "server/server.js", text: serverSource(handlers) },
    { path: "README.md", text: appReadme({ plan: wanted, origin: targets[0]!.origin, parameterTitle, engines }) }
  ]
}
