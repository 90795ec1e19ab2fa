/** A source's webhook settings: one object for one route, a list where several routes bring its events. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it, onTestFinished } from "vitest"
import { loadConfig, profileOf, type Source, sourcesOf, webhookSecretsOf } from "../../src/config/service.js"
import { temporaryFolder } from "../support/files.js"

const load = (webhook: unknown, product = "freshdesk"): Effect.Effect<Source, { readonly message: string }> => {
  const path = join(temporaryFolder(), "c.json")
  const source = { product, baseUrl: "https://acme.example", auth: { secretEnv: "KEY" }, webhook }
  writeFileSync(path, JSON.stringify({ sources: { desk: source } }))
  return loadConfig(path).pipe(
    Effect.flatMap(sourcesOf),
    Effect.map(([one]) => one!)
  )
}
const read = (webhook: unknown, product?: string) => Effect.runSync(load(webhook, product))
const problem = (webhook: unknown, product?: string) => Effect.runSync(Effect.flip(load(webhook, product))).message

describe("webhook settings", () => {
  it("have an entry for each route, in the order of the routes, with the proof that each can give", () => {
    const source = read([
      { route: "rule", secretEnv: "RULE" },
      { secretEnv: "APP", installUrl: "https://installs.example" }
    ])
    expect(source.routes).toEqual(["app", "rule"])
    expect(source.webhooks).toMatchObject([
      { route: "app", profile: "freshworks", installUrl: "https://installs.example", place: "sources.desk.webhook.1" },
      { route: "rule", profile: "token", installUrl: null, place: "sources.desk.webhook.0" }
    ])
    const chat = read([{ secretEnv: "APP" }, { route: "ui", secretFile: "chat.pem" }], "freshchat")
    expect(chat.webhooks.map(({ profile }) => profile)).toEqual(["freshworks", "freshchat"])
  })
  it("stay one object for one route", () => {
    expect(read({ secretEnv: "APP" })).toMatchObject({
      routes: ["app"],
      webhooks: [{ route: "app", place: "sources.desk.webhook" }]
    })
    expect(read([{ route: "rule", secretEnv: "RULE" }]).routes).toEqual(["rule"])
    expect(read(undefined)).toMatchObject({ routes: ["app"], webhooks: [] })
    expect(profileOf(read(undefined, "freshservice"), "ui")).toBe("token")
  })
  it("are refused where two are for one route, or the product lacks it", () => {
    expect(problem([{ secretEnv: "A" }, { route: "app", secretEnv: "B" }])).toBe(
      'sources.desk.webhook.0 and sources.desk.webhook.1 are both for the route "app": keep one entry for each route'
    )
    expect(problem([{ secretEnv: "A" }, { route: "ui", secretEnv: "B" }])).toBe(
      'sources.desk.webhook.1.route is "ui", which freshdesk does not have: choose app or rule'
    )
    expect(problem({ route: "rule" }, "freshchat")).toContain("sources.desk.webhook.route is")
  })
  it("are refused in words that name the place within the entry", () => {
    expect(problem([{ secretEnv: "A" }, { route: "rul" }])).toMatch(/sources\.desk\.webhook\.1\.route is not valid/)
    expect(problem({ route: "rul" })).toMatch(/sources\.desk\.webhook\.route is not valid/)
    expect(problem([{ secretenv: "A" }])).toMatch(
      /sources\.desk\.webhook\.0\.secretenv is not a known setting: did you mean "secretEnv"\?$/
    )
    expect(problem([])).toMatch(/sources\.desk\.webhook\.0 is missing/)
    expect(problem(5)).toMatch(/webhook is not valid: expected an object of settings or a list$/)
  })
  it("name the entry whose secret is not there", () => {
    process.env["WEBHOOK_TEST_APP"] = "canary"
    onTestFinished(() => void delete process.env["WEBHOOK_TEST_APP"])
    const [app, rule] = read([
      { secretEnv: "WEBHOOK_TEST_APP" },
      { route: "rule", secretEnv: "WEBHOOK_TEST_NONE" }
    ]).webhooks
    expect(Effect.runSync(webhookSecretsOf(app!))).toEqual(["canary"])
    expect(Effect.runSync(Effect.flip(webhookSecretsOf(rule!))).message).toContain("sources.desk.webhook.1")
  })
  it("may name the place of the old secret for good: a variable or file without one counts as none", () => {
    const folder = temporaryFolder()
    const [current, old] = [join(folder, "hook"), join(folder, "hook_old")]
    writeFileSync(current, "canary-new\n")
    const secrets = (setting: object) =>
      webhookSecretsOf(read({ secretFile: current, ...setting }).webhooks[0]!).pipe(Effect.either, Effect.runSync)
    expect(secrets({ previousSecretFile: old })).toMatchObject({ right: ["canary-new"] })
    expect(secrets({ previousSecretEnv: "WEBHOOK_TEST_NONE" })).toMatchObject({ right: ["canary-new"] })
    writeFileSync(old, " \n")
    expect(secrets({ previousSecretFile: old })).toMatchObject({ right: ["canary-new"] })
    writeFileSync(old, "canary-old\n")
    expect(secrets({ previousSecretFile: old })).toMatchObject({ right: ["canary-new", "canary-old"] })
    // A file that is there and cannot be read is no "none".
    expect(secrets({ previousSecretFile: folder })).toMatchObject({
      left: { message: expect.stringContaining("the previous webhook secret of sources.desk.webhook") }
    })
  })
})
