/** Each fault that the doctor names, with the sentence it prints. */

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { FetchHttpClient } from "@effect/platform"
import { Clock, Effect, Redacted } from "effect"
import { describe, expect, it, onTestFinished } from "vitest"
import { checkSource, type SourceToCheck } from "../../src/doctor/index.js"
import { providerOf } from "../../src/providers/index.js"
import { createReceiver } from "../../src/receiver/index.js"
import { type SimulatedProductName, startSimulator } from "../../src/simulator/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { manualTime } from "../support/inProcess.js"

/** The doctor's clock; the accounts' run beside it, so that no pause of the machine is taken for skew. */
const now = Date.now()
const stopped = Object.assign(Clock.make(), {
  currentTimeMillis: Effect.succeed(now),
  unsafeCurrentTimeMillis: () => now
})

const account = async (product: SimulatedProductName = "freshdesk", skewMs = 0) => {
  const simulator = await startSimulator({
    products: [product],
    entities: 40,
    changesPerHour: 0,
    revoked: ["revoked"],
    time: manualTime(now - skewMs)
  })
  onTestFinished(() => simulator.close())
  const provider = providerOf(product)!
  const client = (key: string) => ({
    baseUrl: simulator.url,
    authentication: { scheme: provider.defaultScheme as "basic", secret: Redacted.make(key) }
  })
  const patient: SourceToCheck = {
    source: "it",
    provider,
    baseUrl: simulator.url,
    plan: product === "freshsales" ? "growth" : "garden",
    limit: null,
    serviceAccount: "101",
    client: client("canary-key"),
    webhookProblem: null,
    publicUrl: null
  }
  return { simulator, patient, client }
}

const said = async (patient: SourceToCheck): Promise<Record<string, readonly [string, string]>> => {
  const checks = await Effect.runPromise(
    checkSource(patient).pipe(Effect.provide(FetchHttpClient.layer), Effect.withClock(stopped))
  )
  expect(JSON.stringify(checks)).not.toContain("canary")
  return Object.fromEntries(checks.map(({ check, say, state }) => [check, [state, say]]))
}

describe("the doctor", () => {
  it("finds a source that is ready in order", async () => {
    const { patient } = await account()
    const receiver = await createReceiver({ db: join(temporaryFolder(), "d.db"), listen: { port: 0 }, sources: {} })
    onTestFinished(() => receiver.close())
    expect(await said({ ...patient, publicUrl: receiver.url })).toEqual({
      secret: ["ok", "set"],
      reachable: ["ok", patient.baseUrl],
      authenticated: ["ok", "the key is accepted"],
      plan: ["ok", "garden: 200 a minute"],
      "service account": ["ok", "the key is the service account's (101)"],
      clock: ["ok", "within 1 s of the provider's"],
      "webhook secret": ["ok", "set"],
      receiver: ["ok", `${receiver.url}/healthz answers`]
    })
  })
  it.each(["freshservice", "freshsales", "freshchat"] as const)("looks at %s as well", async (product) => {
    const { patient } = await account(product)
    const found = await said({ ...patient, plan: product === "freshsales" ? "growth" : "garden" })
    expect([found["reachable"]![0], found["authenticated"]![0], found["plan"]![0], found["clock"]![0]]).toEqual([
      "ok",
      "ok",
      "ok",
      "ok"
    ])
    expect(found["plan"]![1]).toMatch(product === "freshsales" ? /^growth: \d+ an hour$/ : /^garden: \d+ a minute$/)
    expect(found["service account"]![1]).toBe(
      "the product does not tell whose key this is; 101 is set as the service account"
    )
    expect((await said({ ...patient, serviceAccount: null }))["service account"]![1]).toBe(
      "the product does not tell whose key this is: a person's key dies with the person: use a service account's, and set sources.it.serviceAccount to its id"
    )
  })
  it("says what to do about a secret that is not set", async () => {
    const { patient } = await account()
    expect(
      (
        await said({
          ...patient,
          client: "the API key is read from the variable KEY, which is not set: export it first"
        })
      )["secret"]
    ).toEqual(["failed", "the API key is read from the variable KEY, which is not set: export it first"])
  })
  it("says what to do about an account that does not answer, and one that refuses the key", async () => {
    const { client, patient } = await account()
    const nowhere = await said({ ...patient, client: { ...client("k"), baseUrl: "http://127.0.0.1:1" } })
    expect(nowhere["reachable"]).toEqual([
      "failed",
      "http://127.0.0.1:1 could not be reached: check the source's baseUrl and the network, then run again"
    ])
    expect(nowhere["authenticated"]![0]).toBe("unknown")
    const refused = await said({ ...patient, client: client("revoked") })
    expect(refused["reachable"]![0]).toBe("ok")
    expect(refused["authenticated"]).toEqual([
      "failed",
      `${patient.baseUrl} refused the API key: check the variable that the source's auth.secretEnv names`
    ])
    const foreign = await account("freshchat")
    expect(
      (await said({ ...patient, client: { ...client("k"), baseUrl: foreign.simulator.url } }))["authenticated"]![0]
    ).not.toBe("ok")
  })
  it("says what to do about a plan that is missing or wrong", async () => {
    const { patient } = await account()
    expect((await said({ ...patient, plan: null }))["plan"]).toEqual([
      "warning",
      "the limit is 200, which is garden or growth: set sources.it.plan, so that headroom is reckoned with it"
    ])
    expect((await said({ ...patient, plan: "forest" }))["plan"]).toEqual([
      "warning",
      "sources.it.plan is forest, and the limit of 200 is garden or growth: correct the setting, or set sources.it.limit"
    ])
  })
  it("names the limit that is set beside the one that the answer tells", async () => {
    const { patient } = await account()
    const planOf = async (limit: number, plan: string | null = null, period: "minute" | "hour" = "minute") =>
      (await said({ ...patient, plan, limit: { limit, period } }))["plan"]
    expect(await planOf(30)).toEqual([
      "ok",
      "sources.it.limit is 30 a minute, and goes before any plan: headroom is reckoned with it, and not with the 200 that the answer tells"
    ])
    expect(await planOf(200, "forest")).toEqual([
      "ok",
      "sources.it.limit is 200 a minute, and goes before any plan; the answer tells the same"
    ])
    expect(await planOf(700)).toEqual([
      "warning",
      "sources.it.limit is 700 a minute, and goes before any plan, but the answer tells 200: calls beyond that are refused, so lower the setting"
    ])
    expect((await planOf(3_000, null, "hour"))![0]).toBe("ok")
  })
  it("says what to do about a person's key", async () => {
    const { patient } = await account()
    expect((await said({ ...patient, serviceAccount: null }))["service account"]).toEqual([
      "warning",
      "the key is user 101's: if that is a service account, set sources.it.serviceAccount to 101; else a person's key dies with the person: use a service account's"
    ])
    expect((await said({ ...patient, serviceAccount: "7" }))["service account"]).toEqual([
      "warning",
      "the key is user 101's, and sources.it.serviceAccount is 7: a person's key dies with the person: use a service account's, or correct the setting"
    ])
  })
  it.each([
    [
      90_000,
      "warning",
      "s ahead of the provider's: switch time synchronisation (NTP) on; freshness figures are off by as much"
    ],
    [-600_000, "failed", "s behind the provider's: switch time synchronisation (NTP) on; signed times would be refused"]
  ])("says what to do about a clock that is off by %i ms", async (skew, state, words) => {
    const { patient } = await account("freshdesk", skew)
    const [found, say] = (await said(patient))["clock"]!
    expect(found).toBe(state)
    expect(say).toContain(words)
  })
  it("says what to do about a webhook secret and a receiver that are not there", async () => {
    const { patient, simulator } = await account()
    const missing = await said({ ...patient, webhookProblem: "it is not set: export it first" })
    expect(missing["webhook secret"]).toEqual(["failed", "it is not set: export it first"])
    expect(missing["receiver"]).toEqual([
      "warning",
      "receiver.publicUrl is not set: say where the provider reaches the receiver"
    ])
    expect((await said({ ...patient, publicUrl: "http://127.0.0.1:1" }))["receiver"]).toEqual([
      "failed",
      "http://127.0.0.1:1/healthz does not answer: start hookshift receive, and check the name, the certificate and the way there"
    ])
    expect((await said({ ...patient, publicUrl: simulator.url }))["receiver"]).toEqual([
      "failed",
      `${simulator.url}/healthz answers 401, not 200: is it hookshift receive that listens there?`
    ])
  })
  it("exits 1 when something failed, and shows no secret", async () => {
    const { patient } = await account()
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({
        sources: {
          it: {
            product: "freshdesk",
            baseUrl: patient.baseUrl,
            auth: { secretEnv: "KEY" },
            webhook: { secretEnv: "HOOK" }
          }
        }
      })
    )
    const ran = await runCli(["doctor"], { cwd: folder, env: { KEY: "canary-key" } })
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain("is read from the variable HOOK, which is not set: export it first")
    expect(ran.stderr).toBe("hookshift: 1 of 8 checks failed: it webhook secret\n")
    expect(ran.stdout + ran.stderr).not.toContain("canary")
  })
})
