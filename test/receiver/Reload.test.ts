/** Other settings for a receiver that runs: they hold whole, as after a start, or are refused whole. */
import { readFileSync, writeFileSync } from "node:fs"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { standardWebhookSignature } from "../../src/receiver/handover/Forward.js"
import { createReceiver } from "../../src/receiver/index.js"
import { startCli } from "../support/cli.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { root, temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

/** As Freshservice's app posts it, which Freshdesk's reading does not understand. */
const changeUpdated = (id: number): string =>
  JSON.stringify({
    event: "onChangeUpdate",
    domain: "acme.freshservice.com",
    timestamp: 1_772_442_600_000,
    data: { actor: { id: 7, type: "agent" }, change: { id, subject: "routers", updated_at: "2026-03-02T09:10:00Z" } }
  })

it("a source that a reload brings is read by its own product, and one that changes its product by the new one", async () => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "r.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } }
  })
  onTestFinished(() => receiver.close())
  const freshservice = { product: "freshservice", profile: "freshworks", secrets: [secret] } as const
  expect((await post(receiver.url, changeUpdated(1))).text).toBe("quarantined\n")
  await receiver.reload({ fs: freshservice })
  expect((await post(receiver.url, changeUpdated(2), { source: "fs" })).text).toBe("stored\n")
  expect((await post(receiver.url, changeUpdated(2))).status).toBe(404)
  await receiver.reload({ fd: freshservice })
  expect((await post(receiver.url, changeUpdated(3))).text).toBe("stored\n")
  await expect(receiver.reload({ fs: { ...freshservice, secrets: [""] } })).rejects.toThrow(/no webhook secret/)
  expect((await post(receiver.url, changeUpdated(4))).text).toBe("stored\n")
})

const target = async () => {
  const got: Array<{ headers: IncomingHttpHeaders; body: string }> = []
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      got.push({ headers: request.headers, body })
      response.end()
    })
  }).listen(0, "127.0.0.1")
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise((resume) => server.once("listening", resume))
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

it("SIGHUP brings products, descriptions, service accounts, the target and its secret; what needs a restart is refused whole", async () => {
  const [first, second] = [await target(), await target()]
  const folder = temporaryFolder()
  const description = JSON.parse(readFileSync(join(root, "fixtures/providers/github.json"), "utf8")) as { name: string }
  writeFileSync(join(folder, "hub.json"), JSON.stringify(description))
  writeFileSync(join(folder, "forward.secret"), "first-forward-secret")
  const source = (product: string, more: object = {}) => ({
    product,
    baseUrl: "http://127.0.0.1:1",
    auth: { secretEnv: "KEY" },
    webhook: { secretEnv: "HOOK", profile: "freshworks" },
    ...more
  })
  const write = (config: object) => writeFileSync(join(folder, "hookshift.config.json"), JSON.stringify(config))
  const forwardSecretFile = join(folder, "forward.secret")
  const receiver = { forward: first.url, forwardSecretFile, logs: "json" }
  write({ sources: { fd: source("freshdesk") }, receiver })
  const { child, ready } = await startCli(
    ["receive", "--listen", "127.0.0.1:0", "--admin", "off", "--reconcile", "off"],
    { cwd: folder, env: { KEY: "k", HOOK: secret } }
  )
  let log = ""
  child.stderr!.on("data", (chunk) => {
    log += chunk
  })
  const hangUp = async (said: string) => {
    log = ""
    child.kill("SIGHUP")
    await until(() => log.includes(said), `the log says "${said}"`)
  }
  const signatureFits = ({ body, headers }: (typeof first.got)[number], key: string) =>
    headers["webhook-signature"] ===
    standardWebhookSignature(key, String(headers["webhook-id"]), Number(headers["webhook-timestamp"]), body)

  await post(ready.url, deliveryBody({ id: 1 }))
  await until(() => first.got.length === 1)
  expect(signatureFits(first.got[0]!, "first-forward-secret")).toBe(true)

  writeFileSync(join(folder, "forward.secret"), "second-forward-secret")
  const sources = { fs: source("freshservice", { serviceAccount: 7 }), hub: source(description.name) }
  write({ providers: ["hub.json"], sources, receiver: { ...receiver, forward: second.url } })
  await hangUp("settings and secrets were read again")
  expect((await post(ready.url, changeUpdated(2), { source: "fs" })).text).toBe("stored\n")
  await until(() => second.got.length === 1)
  expect(signatureFits(second.got[0]!, "second-forward-secret")).toBe(true)
  expect(JSON.parse(second.got[0]!.body)).toMatchObject({ source: "fs", entity: "change", echo: "actor" })
  expect((await post(ready.url, deliveryBody({ id: 3 }))).status).toBe(404)
  expect((await post(ready.url, "{}", { source: "hub" })).status).toBe(200)

  // None of these changes anything: not their other keys either.
  write({ sources: { fd: source("freshdesk") }, receiver: { ...receiver, concurrency: 3 } })
  await hangUp("receiver.concurrency is read at start only")
  write({ sources: { fs: source("freshservice"), hub: source(description.name) }, receiver })
  await hangUp("nothing was changed: sources.hub.product")
  write({ sources: { fd: source("freshdesk") }, receiver: { logs: "json" } })
  await hangUp("receiver.forward is read at start only")
  expect((await post(ready.url, changeUpdated(4), { source: "fs" })).text).toBe("stored\n")
  await until(() => second.got.length === 2)
  expect((await post(ready.url, "{}", { source: "hub" })).status).toBe(200)
  expect(first.got).toHaveLength(1)
})
