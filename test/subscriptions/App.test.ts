/**
 * The generated app: its manifest as the platform wants it, and its very `server.js` run in a stub of the platform's
 * runtime.
 */
import { createHmac } from "node:crypto"
import { join } from "node:path"
import { createContext, runInContext } from "node:vm"
import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { allProviders, freshworksProducts, plannedFor } from "../../src/providers/index.js"
import { createReceiver } from "../../src/receiver/index.js"
import { generateApp, planSubscriptions } from "../../src/subscriptions/index.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const plan = allProviders()
  .filter(({ product }) => freshworksProducts.some((name) => name === product))
  .flatMap((provider) =>
    planSubscriptions({
      source: provider.product,
      account: `acme.${provider.product}.example`,
      planned: plannedFor(provider, ["app"], Object.keys(provider.routes.app ?? {})),
      publicUrl: "https://hooks.acme.example",
      alsoWatch: [],
      serviceAccount: null
    })
  )

const files = (() => {
  const made = generateApp(plan)
  if ("problem" in made) throw new Error(made.problem)
  return new Map(made.map(({ path, text }) => [path, text]))
})()
const json = (path: string): unknown => JSON.parse(files.get(path)!)

/** The platform-3.0 manifest, as far as it is known (FRESHWORKS.md, "Webhooks", route 1). */
const modules = [
  "support_ticket",
  "support_contact",
  "support_company",
  "support_agent",
  "service_ticket",
  "service_asset",
  "service_change",
  "service_user",
  "deal",
  "contact",
  "sales_account",
  "appointment",
  "task",
  "chat_user",
  "chat_conversation"
] as const
const Events = Schema.Struct({
  events: Schema.Record({
    key: Schema.String.pipe(Schema.pattern(/^on[A-Z][A-Za-z]+$/)),
    value: Schema.Struct({ handler: Schema.String.pipe(Schema.pattern(/^[A-Za-z_]\w*$/)) })
  })
})
const Common = Schema.Struct({ requests: Schema.Record({ key: Schema.String, value: Schema.Struct({}) }) })
const Manifest = Schema.Struct({
  "platform-version": Schema.Literal("3.0"),
  modules: Schema.partial(
    Schema.Record({ key: Schema.Literal("common", ...modules), value: Schema.Union(Events, Common) })
  ),
  engines: Schema.Struct({ node: Schema.String, fdk: Schema.String })
})

/** The platform's sandbox: handlers on `exports`, HTTP through templates, and none of Node's own. */
const platform = (
  send: (request: { path: string; headers: Record<string, string>; body: string }) => Promise<number>
) => {
  const requests = json("config/requests.json") as Record<
    string,
    { schema: { path: string; headers: Record<string, string> } }
  >
  const errors: Array<string> = []
  const filled = (template: string, context: Record<string, string>) =>
    template.replace(/<%= context\.(\w+) %>/g, (_, name: string) => context[name]!)
  const sandbox = createContext({
    exports: {},
    console: { error: (text: string) => errors.push(text), info: () => undefined },
    $request: {
      invokeTemplate: async (name: string, { body, context }: { body: string; context: Record<string, string> }) => {
        const { schema } = requests[name]!
        const status = await send({
          path: filled(schema.path, context),
          headers: Object.fromEntries(
            Object.entries(schema.headers).map(([header, value]) => [header, filled(value, context)])
          ),
          body
        })
        if (status >= 400) throw { status }
        return { status }
      }
    }
  })
  const bare = ["process", "Buffer", "setTimeout", "setInterval", "setImmediate", "require", "fetch"]
  expect(runInContext(`[${bare.map((name) => `typeof ${name}`).join(",")}].join()`, sandbox)).toBe(
    bare.map(() => "undefined").join()
  )
  runInContext(files.get("server/server.js")!, sandbox)
  const handlers = (sandbox as { exports: Record<string, (args: unknown) => Promise<void>> }).exports
  return { handlers, errors, sandbox }
}

describe("the generated app", () => {
  it("says where an account lacks a module, and which events to leave out there", () => {
    const readme = files.get("README.md")!
    expect(readme).toMatch(
      /since 2026-03-31 has the module service_device in place of service_asset.*without asset_create, asset_update, asset_delete/
    )
    const made = generateApp(plan.filter(({ event }) => !event.startsWith("asset_")))
    expect(JSON.stringify(made)).not.toContain("service_device")
  })
  it("tells an administrator how to pack, try, install and mend it, in the words of its own files", () => {
    const readme = files.get("README.md")!
    const headings = [...readme.matchAll(/^## (.+)$/gm)].map((match) => match[1])
    expect(headings).toEqual([
      "What you need",
      "Pack it",
      "A trial run",
      "Upload, publish, install",
      "No delivery comes: look here",
      "Not verified"
    ])
    const { engines, modules: named } = json("manifest.json") as { engines: { node: string }; modules: object }
    expect(readme).toContain(`nvm install ${engines.node} && nvm use ${engines.node}`)
    const { common: _, ...events } = named as Record<string, unknown>
    expect(readme).toContain(`choose the modules (${Object.keys(events).join(", ")})`)
    for (const { display_name } of Object.values(
      json("config/iparams.json") as Record<string, { display_name: string }>
    ))
      expect(readme).toMatch(new RegExp(`\\| ${display_name} \\| what sources\\.\\w+\\.webhook has as its secret \\|`))
    for (const name of freshworksProducts) {
      const { appsGallery, product } = allProviders().find((one) => one.product === name)!
      expect(readme).toContain(`   - ${product}: ${appsGallery}\n`)
    }
    for (const { target } of plan) expect(readme).toContain(target)
    expect(readme).toContain("allows an app 50 outgoing requests a minute for each\n   installation")
    expect(readme).not.toMatch(/undefined|null|\$\{/)
    expect(readme.split("\n").filter((line) => line.includes("  1.") || /[ \t]$/.test(line))).toEqual([])
  })
  it("names the products of its own plan alone", () => {
    const made = generateApp(plan.filter(({ product }) => product === "freshdesk"))
    expect(JSON.stringify(made)).not.toMatch(/freshservice|freshsales|freshchat|workspaces/i)
  })
  it("has its handlers in the form that the vendor documents, and nothing that its linter calls an error", () => {
    const server = files.get("server/server.js")!
    expect(server).toMatch(/^exports = \{\n {2}\w+: function \(args\) \{$/m)
    // no-empty-function, no-eval, no-eq-null, and arrows in the definition of events ("App validation").
    expect(server).not.toMatch(/function \w*\([\w, ]*\) \{\s*\}|eval\(|[^!=]== null|=>/)
  })
  it("has a manifest that the platform takes, and a handler for each of its events", () => {
    const manifest = Schema.decodeUnknownSync(Manifest, { onExcessProperty: "error" })(json("manifest.json"))
    expect(manifest.modules.common).toEqual({ requests: { postEvent: {} } })
    const named = Object.values(manifest.modules).flatMap((module) =>
      module !== undefined && "events" in module ? Object.values(module.events).map(({ handler }) => handler) : []
    )
    const { handlers } = platform(async () => 200)
    expect(named.sort()).toEqual(Object.keys(handlers).sort())
    expect(named).toHaveLength(plan.length)
    expect(named).toContain("support_ticket_onConversationDelete")
    expect(new Set(named).size).toBe(plan.length)
  })
  it("keeps its secrets as secure parameters, and posts to a bare host name", () => {
    const parameters = json("config/iparams.json") as Record<string, { secure: boolean; required: boolean }>
    expect(Object.values(parameters).map(({ required, secure }) => [required, secure])).toEqual(
      [...new Set(plan.map(({ source }) => source))].map(() => [true, true])
    )
    const { schema, options } = (
      json("config/requests.json") as { postEvent: { schema: { host: string }; options: unknown } }
    ).postEvent
    expect(schema.host).toBe("hooks.acme.example")
    expect(options).toEqual({ maxAttempts: 5, retryDelay: 1500 })
  })
  it("delivers every event to the receiver, verified; a wrong secret is refused", async () => {
    const secret = "the webhook secret, with ünïcode"
    const events: Array<WebhookEvent> = []
    const receiver = await createReceiver({
      db: join(temporaryFolder(), "a.db"),
      listen: { port: 0 },
      sources: Object.fromEntries(
        freshworksProducts.map((product) => [product, { profile: "freshworks" as const, secrets: [secret], product }])
      ),
      onEvent: (event) => void events.push(event)
    })
    onTestFinished(() => receiver.close())
    const statuses: Array<number> = []
    const named: Array<unknown> = []
    const { errors, handlers } = platform(async ({ body, headers, path }) => {
      named.push(JSON.parse(body).changed)
      const { status } = await fetch(receiver.url + path, { method: "POST", headers, body })
      statuses.push(status)
      return status
    })
    const manifest = json("manifest.json") as {
      modules: Record<string, { events?: Record<string, { handler: string }> }>
    }
    let n = 0
    for (const subscription of plan) {
      const provider = allProviders().find(({ product }) => product === subscription.product)!
      const { module, payloadAt, productEvent } = provider.appEvents[subscription.event]!
      const entity = subscription.event.slice(0, subscription.event.lastIndexOf("_"))
      const type = provider.entities[entity]!
      const { handler } = manifest.modules[module]!.events![productEvent]!
      const fields = {
        [type.idField]: ++n,
        [type.updatedAtField]: "2026-03-02T10:00:00Z",
        subject: "ü 😀 \ud83d",
        changes: { a: [1, 2] }
      }
      await handlers[handler]!({
        event: productEvent,
        timestamp: 1_772_445_600_000,
        data: { [payloadAt]: fields, actor: { id: 5, type: "agent" } },
        // As it is pasted: the receiver's own is without white space as well.
        iparams: { [`webhook_secret_${subscription.source}`]: ` ${secret}\n` }
      })
    }
    expect(errors).toEqual([])
    expect(named).toEqual(plan.map(() => ["a"]))
    expect(statuses).toEqual(plan.map(() => 200))
    await until(() => events.length >= plan.length, "each planned event has come")
    expect(events.map(({ event, source }) => `${source} ${event}`).sort()).toEqual(
      plan.map(({ event, source }) => `${source} ${event}`).sort()
    )
    expect(events.every(({ after }) => after === null || !("changes" in after))).toBe(true)

    statuses.length = 0
    await handlers["support_ticket_onTicketUpdate"]!({
      data: { ticket: { id: 1 }, changes: { model_changes: { b: 1 }, system_changes: { c: 1 } } },
      timestamp: 1_772_445_600_000,
      iparams: { webhook_secret_freshdesk: "wrong" }
    })
    expect(statuses).toEqual([401])
    expect(named.at(-1)).toEqual(["b", "c"])
    expect(errors).toEqual(["hookshift: ticket_update was not taken: 401"])
  })
  it("signs as Node does, whatever the body and the secret are", () => {
    const { sandbox } = platform(async () => 200)
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 }),
        (body, secret) => {
          const made = runInContext(`hmacHex(${JSON.stringify(secret)}, ${JSON.stringify(body)})`, sandbox)
          return made === createHmac("sha256", secret).update(body).digest("hex")
        }
      ),
      { numRuns: 500 }
    )
  })
  it("sends what is larger than the platform takes without its snapshot", async () => {
    const bodies: Array<string> = []
    const { handlers } = platform(async ({ body }) => {
      bodies.push(body)
      return 200
    })
    await handlers["support_ticket_onTicketUpdate"]!({
      data: { ticket: { id: 1, updated_at: "2026-03-02T10:00:00Z", description: "é".repeat(60_000) } },
      iparams: { webhook_secret_freshdesk: "s" }
    })
    expect(JSON.parse(bodies[0]!)).toMatchObject({ id: 1, snapshot: null })
  })
  it("cannot be made for a receiver that the platform cannot reach, and says why", () => {
    const local = plan.map((one) => ({ ...one, target: "http://127.0.0.1:8787/hooks/x" }))
    expect(generateApp(local)).toEqual({
      problem:
        "the platform posts to a host name over https without a port, and receiver.publicUrl is http://127.0.0.1:8787: put the receiver behind TLS on the usual port"
    })
    expect(generateApp([])).toHaveProperty("problem")
  })
})
