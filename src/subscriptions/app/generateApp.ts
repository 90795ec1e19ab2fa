/**
 * The app route as files: a Freshworks platform-3.0 custom app that subscribes to the planned events and posts each
 * on, signed (FRESHWORKS.md, "Webhooks", route 1). Pure: the caller writes the files.
 */
import { entityOf } from "../../domain/Event.js"
import { isShared, providerOf } from "../../providers/index.js"
import type { PlannedSubscription } from "../SubscriptionPlan.js"
import { type HandlerSettings, serverSource } from "./serverSource.js"

export interface AppFile {
  readonly path: string
  readonly text: string
}

/** Why no app can be generated: a sentence with the remedy. */
export interface AppImpossible {
  readonly problem: string
}

/** Engine versions that the platform's command line writes [assumed]. */
const engines = { node: "18.20.8", fdk: "9.7.4" }

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** The installation parameter that holds a source's secret. */
const secretParameter = (source: string): string => `webhook_secret_${source.replace(/[^a-z0-9]/gi, "_").toLowerCase()}`

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
              display_name: `Webhook secret of ${source}`,
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
    { path: "README.md", text: readme(wanted, targets[0]!.origin) }
  ]
}

/** The app route's allowance, by the catalogues of the planned products. */
const outgoingRequests = (plan: ReadonlyArray<PlannedSubscription>): string => {
  const allowances = plan.flatMap(({ product }) => {
    const allowance = providerOf(product)?.allowances.app
    return allowance === undefined || isShared(allowance) ? [] : [allowance]
  })
  return [...new Set(allowances.map(({ period, requests }) => `${requests} outgoing requests a ${period}`))].join(
    " or "
  )
}

/** Modules of the plan that newer accounts do not have, each with its consequence. */
const withoutEvents = (plan: ReadonlyArray<PlannedSubscription>): ReadonlyArray<string> => {
  const sentences = plan.flatMap(({ product }) => {
    const provider = providerOf(product)
    return (provider?.eventlessModules ?? []).flatMap(({ accountsSince, inPlaceOf, module }) => {
      const events = plan
        .filter((one) => one.product === product && provider?.appEvents[one.event]?.module === inPlaceOf)
        .map(({ event }) => event)
      return events.length === 0
        ? []
        : [
            `An account made since ${accountsSince} has the module ${module} in place of ${inPlaceOf}, and it has no product events: generate the app there without ${[...new Set(events)].join(", ")} (\`--events\` names the others). Reconciliation brings those changes.`
          ]
    })
  })
  return [...new Set(sentences)]
}

const readme = (plan: ReadonlyArray<PlannedSubscription>, origin: string): string =>
  `# Product events to ${origin}

A custom app that passes these events on to hookshift's receiver, signed with HMAC-SHA256:

${plan.map((one) => `- ${one.account}: ${one.watches.join(", ")} → ${one.target}`).join("\n")}

## Publish it

1. Install the platform's command line (fdk) and run \`fdk validate\` in this folder.
2. \`fdk pack\` makes \`dist/*.zip\`.
3. In the developer portal choose Create App, Custom App, and upload the zip.
4. Publish it to your own account, and install it under Admin → Apps → Manage Apps, Custom Apps.
5. On the installation page paste the webhook secret: the value of the variable that the source's webhook.secretEnv names.
6. Change something that the app covers. \`hookshift subscriptions status\` shows the subscription active once the first
   delivery is verified.

The platform allows an app ${outgoingRequests(plan)}; ask the vendor for more if your account changes faster.
${withoutEvents(plan)
  .map((sentence) => `${sentence}\n`)
  .join("")}When the receiver moves or other events are wanted, generate the app again and publish it as a new version.
`
