import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { createReceiver, type Receiver, type ReceiverOptions, signBody } from "../../src/receiver/index.js"
import { deliveryBody, post, rawExchange, secret } from "../support/deliveries.js"
import { everyFile, temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const startReceiver = async (
  options: Partial<ReceiverOptions> = {}
): Promise<Receiver & { readonly folder: string }> => {
  const folder = temporaryFolder()
  const receiver = await createReceiver({
    db: join(folder, "inbox.db"),
    listen: { port: 0 },
    admin: { port: 0 },
    sources: {
      fd: { profile: "freshworks", secrets: [secret, "old-secret"] },
      b64: { profile: "freshworks", secrets: [secret], encoding: "base64" },
      rules: { profile: "token", secrets: ["rule-token"] }
    },
    ...options
  })
  onTestFinished(() => receiver.close())
  return Object.assign(receiver, { folder })
}

const stored = (receiver: Receiver) => receiver.inbox.list(1000)

describe("the table of answers", () => {
  it("answers 200 to what is stored, and to a duplicate of it, which is counted", async () => {
    const receiver = await startReceiver()
    expect(await post(receiver.url, deliveryBody())).toMatchObject({ status: 200, text: "stored\n" })
    expect(await post(receiver.url, deliveryBody())).toMatchObject({ status: 200, text: "duplicate\n" })
    expect(stored(receiver)).toMatchObject([
      { event: "ticket_update", entity: "ticket", entityId: "42", duplicates: 1, updatedAt: "2026-03-02T10:00:00.000Z" }
    ])
  })
  it("takes two changes within one second for two", async () => {
    const receiver = await startReceiver()
    for (const status of [3, 4]) await post(receiver.url, deliveryBody({ snapshot: { id: 42, status } }))
    expect(stored(receiver)).toHaveLength(2)
  })
  it("counts refusals, and uses of a secret, for a source whatever its name", async () => {
    const name = "the desk  of acme"
    const receiver = await startReceiver({
      sources: { [name]: { profile: "freshworks", secrets: ["before", secret] } }
    })
    const source = encodeURIComponent(name)
    expect((await post(receiver.url, deliveryBody(), { source, secret: "foreign" })).status).toBe(401)
    expect((await post(receiver.url, deliveryBody(), { source })).text).toBe("stored\n")
    await until(() => receiver.inbox.secretUses(name, [secret])[0]?.deliveries === 1, "the secret's use is noted")
    const database = new Sqlite(join(receiver.folder, "inbox.db"), { readonly: true })
    onTestFinished(() => void database.close())
    expect(database.prepare("SELECT source, reason, count FROM rejection").all()).toEqual([
      { source: name, reason: "wrong", count: 1 }
    ])
  })
  it("knows a retry by the sender's own delivery id where its profile has one, and refuses what was signed long ago", async () => {
    const receiver = await startReceiver({
      sources: {
        gh: { profile: "github", secrets: [secret] },
        std: { profile: "standard-webhooks", secrets: [`whsec_${Buffer.from(secret).toString("base64")}`] }
      }
    })
    const body = deliveryBody()
    const github = (id: string) => ({
      source: "gh",
      headers: {
        "x-github-delivery": id,
        "x-hub-signature-256": `sha256=${signBody(Buffer.from(body), secret)}`
      }
    })
    expect((await post(receiver.url, body, github("one"))).text).toBe("stored\n")
    expect((await post(receiver.url, body, github("one"))).text).toBe("duplicate\n")
    // A captured delivery under another id, which nobody signed.
    expect((await post(receiver.url, body, github("two"))).text).toBe("duplicate\n")
    const standard = (secondsAgo: number) => {
      const stamp = String(Math.floor(Date.now() / 1000) - secondsAgo)
      const signature = signBody(Buffer.concat([Buffer.from(`m1.${stamp}.`), Buffer.from(body)]), secret, "base64")
      return {
        source: "std",
        headers: { "webhook-id": "m1", "webhook-timestamp": stamp, "webhook-signature": `v1,${signature}` }
      }
    }
    expect(await post(receiver.url, body, standard(3_600))).toMatchObject({ status: 401, text: "signature expired\n" })
    expect(await post(receiver.url, body, standard(5))).toMatchObject({ status: 200, text: "stored\n" })
    expect(await post(receiver.url, body, standard(0))).toMatchObject({ status: 200, text: "duplicate\n" })
    await expect(
      createReceiver({
        db: "x.db",
        listen: { port: 0 },
        sources: { chat: { profile: "freshchat", secrets: ["no key"] } }
      })
    ).rejects.toThrow(/source chat has a freshchat key that is no RSA public key/)
  })
  it("takes the previous secret while it is rotated, base64 where that is set, and a token", async () => {
    const receiver = await startReceiver()
    const body = deliveryBody()
    expect((await post(receiver.url, body, { secret: "old-secret" })).status).toBe(200)
    const base64 = { "x-freshworks-signature": signBody(Buffer.from(body), secret, "base64") }
    expect((await post(receiver.url, body, { source: "b64", headers: base64 })).status).toBe(200)
    expect((await post(receiver.url, body, { source: "b64" })).status).toBe(401)
    expect(
      (await post(receiver.url, body, { source: "rules", headers: { "x-hookshift-token": "rule-token" } })).status
    ).toBe(200)
    expect(
      (await post(receiver.url, body, { source: "rules", headers: { "x-hookshift-token": "rule-tokem" } })).status
    ).toBe(401)
  })
  it.each([
    ["missing", {}],
    ["wrong", { "x-freshworks-signature": "0".repeat(64) }],
    ["of the wrong length", { "x-freshworks-signature": "abc" }],
    ["of another body", { "x-freshworks-signature": signBody(Buffer.from("{}"), secret) }],
    ["made with an empty secret", { "x-freshworks-signature": signBody(Buffer.from(deliveryBody()), "") }]
  ])("answers 401 to a signature that is %s, and stores nothing but a count", async (_, headers) => {
    const receiver = await startReceiver()
    const response = await fetch(`${receiver.url}/hooks/fd`, { method: "POST", body: deliveryBody(), headers })
    expect(response.status).toBe(401)
    expect(stored(receiver)).toEqual([])
    expect(await (await fetch(`${receiver.adminUrl}/metrics`)).text()).toContain(
      'hookshift_deliveries_total{source="fd",outcome="unauthorized"} 1'
    )
  })
  it("answers 404 to an unknown source, 405 to another method", async () => {
    const receiver = await startReceiver()
    expect((await post(receiver.url, deliveryBody(), { source: "nobody" })).status).toBe(404)
    expect((await fetch(`${receiver.url}/hooks/fd`)).status).toBe(405)
    expect((await fetch(`${receiver.url}/hooks/fd`, { method: "PUT", body: "{}" })).headers.get("allow")).toBe("POST")
    expect((await fetch(`${receiver.url}/`)).status).toBe(404)
  })
  it("answers 413 to a body over the limit, whether its length was told or not", async () => {
    const receiver = await startReceiver({ maxBodyBytes: 1000 })
    expect((await post(receiver.url, "x".repeat(1001))).status).toBe(413)
    expect((await post(receiver.url, deliveryBody())).status).toBe(200)
    const chunk = `200\r\n${"y".repeat(0x200)}\r\n`
    const head = `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${"0".repeat(64)}\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(await rawExchange(receiver.port, [head, chunk, chunk, chunk, chunk])).toMatch(/^HTTP\/1\.1 413 /)
    expect(stored(receiver)).toHaveLength(1)
  })
  it.each([
    ["50,000 nested brackets", "[".repeat(50_000) + "]".repeat(50_000)],
    ["no JSON", "ticket 42 changed"],
    ["an array", "[1,2,3]"],
    ["no entity", JSON.stringify({ event: "ticket_update", id: 1 })],
    ["an event that is no name", JSON.stringify({ event: "<script>", entity: "ticket", id: 1 })],
    ["nothing at all", ""]
  ])("answers 200 to signed bytes that are %s, and keeps them in quarantine", async (_, body) => {
    const receiver = await startReceiver()
    expect(await post(receiver.url, body)).toMatchObject({ status: 200, text: "quarantined\n" })
    expect(await post(receiver.url, body)).toMatchObject({ status: 200, text: "duplicate\n" })
    expect(stored(receiver)).toMatchObject([{ state: "quarantined", event: null, duplicates: 1 }])
    expect(receiver.inbox.show(1)?.body).toBe(body)
  })
  it("stores nothing of a client that stops halfway", async () => {
    const receiver = await startReceiver()
    const head = `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${"0".repeat(64)}\r\nContent-Length: 500\r\n\r\n`
    await rawExchange(receiver.port, [head, '{"event":'], { hangUp: true })
    expect((await post(receiver.url, deliveryBody())).status).toBe(200)
    expect(stored(receiver)).toHaveLength(1)
  })
  it("answers 503 with Retry-After while the inbox is locked past the deadline, and 200 once it is free", async () => {
    const receiver = await startReceiver({ ackDeadlineMs: 300 })
    const { default: Sqlite } = await import("better-sqlite3")
    const other = new Sqlite(join(receiver.folder, "inbox.db"))
    other.exec("BEGIN IMMEDIATE")
    const refused = await post(receiver.url, deliveryBody())
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
    const readiness = async () => (await fetch(`${receiver.adminUrl}/readyz`)).status
    await until(async () => (await readiness()) === 503)
    expect((await fetch(`${receiver.url}/healthz`)).status).toBe(200)
    other.exec("ROLLBACK")
    other.close()
    expect((await post(receiver.url, deliveryBody())).status).toBe(200)
    await until(async () => (await readiness()) === 200)
  })
})

describe("from the inbox to the handler", () => {
  const collecting = () => {
    const events: Array<WebhookEvent> = []
    return { events, onEvent: (event: WebhookEvent) => void events.push(event) }
  }

  it("gives before, after and what changed, once per event", async () => {
    const { events, onEvent } = collecting()
    const receiver = await startReceiver({ onEvent })
    await post(
      receiver.url,
      deliveryBody({
        event: "ticket_create",
        updated_at: "2026-03-02T10:00:00Z",
        snapshot: { id: 42, status: 2, tags: ["a"] }
      })
    )
    await until(() => events.length === 1)
    await post(receiver.url, deliveryBody({ updated_at: "2026-03-02T10:05:00Z", snapshot: { id: 42, status: 4 } }))
    await post(receiver.url, deliveryBody({ updated_at: "2026-03-02T10:05:00Z", snapshot: { id: 42, status: 4 } }))
    await until(() => events.length === 2)
    await post(
      receiver.url,
      deliveryBody({ event: "ticket_delete", updated_at: "2026-03-02T10:06:00Z", snapshot: { id: 42 } })
    )
    await until(() => events.length === 3)
    expect(events).toMatchObject([
      {
        event: "ticket_create",
        before: null,
        after: { status: 2 },
        origin: "webhook",
        occurredAt: "2026-03-02T10:00:00.000Z"
      },
      {
        event: "ticket_update",
        before: { status: 2, tags: ["a"] },
        after: { status: 4, tags: ["a"] },
        changed: ["status"]
      },
      { event: "ticket_delete", before: { status: 4 }, after: null }
    ])
    expect(new Set(events.map((event) => event.id)).size).toBe(3)
    await until(() => receiver.inbox.counts().delivered === 3)
  })

  it("does not let a late event overwrite what is newer", async () => {
    const { events, onEvent } = collecting()
    const receiver = await startReceiver({ onEvent })
    await post(receiver.url, deliveryBody({ updated_at: "2026-03-02T10:05:00Z", snapshot: { id: 42, status: 5 } }))
    await post(receiver.url, deliveryBody({ updated_at: "2026-03-02T10:04:00Z", snapshot: { id: 42, status: 3 } }))
    await until(() => events.length === 2)
    expect(receiver.inbox.state("fd", "ticket", "42")?.snapshot["status"]).toBe(5)
    expect(events[1]).toMatchObject({ occurredAt: "2026-03-02T10:04:00.000Z", after: { status: 5 }, changed: [] })
  })

  it("tries again after a failure, keeps the entity's order, and lets no other entity wait", async () => {
    const seen: Array<string> = []
    let failures = 1
    const receiver = await startReceiver({
      onEvent: (event) => {
        if (event.entityId === "1" && failures-- > 0) throw new Error("not now")
        seen.push(`${event.entityId}:${event.after?.["status"]}`)
      }
    })
    for (const [id, status] of [
      [1, 2],
      [1, 3],
      [2, 2]
    ] as const) {
      await post(
        receiver.url,
        deliveryBody({ id, updated_at: `2026-03-02T10:0${status}:00Z`, snapshot: { id, status } })
      )
    }
    await until(() => seen.length === 3)
    expect(seen[0]).toBe("2:2")
    expect(seen.filter((one) => one.startsWith("1:"))).toEqual(["1:2", "1:3"])
  })

  it("lets a sweep that looked before an event came take nothing of that event back", async () => {
    const receiver = await startReceiver()
    const version = (n: number, at: string) =>
      post(receiver.url, deliveryBody({ updated_at: at, snapshot: { id: 42, version: n } }))
    const held = () => receiver.inbox.state("fd", "ticket", "42")
    const shows = (n: number) => until(() => held()?.snapshot["version"] === n)
    await version(1, "2026-03-02T10:00:00Z")
    await shows(1)
    const looked = held()!
    await version(2, "2026-03-02T10:00:00Z") // within the same second
    await shows(2)
    const stamp = Date.parse("2026-03-02T10:00:00Z")
    await receiver.note("mergeState", "fd", "ticket", "42", stamp, { id: 42, version: 1 }, looked, null)
    expect(held()?.snapshot["version"]).toBe(2)
    await receiver.note("mergeState", "fd", "ticket", "42", stamp + 1_000, { id: 42, type: "question" }, held()!, null)
    expect(held()).toMatchObject({ updatedAt: stamp + 1_000, snapshot: { version: 2, type: "question" } })
  })
  it("delivers again on request what was given up", async () => {
    let takes = false
    const receiver = await startReceiver({
      retrySeconds: [],
      onEvent: () => {
        if (!takes) throw new Error("never")
      }
    })
    await post(receiver.url, deliveryBody())
    await until(() => receiver.inbox.counts().dead === 1)
    expect(stored(receiver)).toMatchObject([{ state: "dead" }])
    takes = true
    expect(receiver.inbox.retry(1)).toBe(true)
    expect(receiver.inbox.retry(1)).toBe(false)
    receiver.wake()
    await until(() => receiver.inbox.counts().delivered === 1)
  })

  it("hands over after a restart what a stop left behind", async () => {
    const folder = temporaryFolder()
    const options = {
      db: join(folder, "inbox.db"),
      listen: { port: 0 },
      sources: { fd: { profile: "freshworks", secrets: [secret] } }
    } as const
    const first = await createReceiver(options)
    await post(first.url, deliveryBody())
    await first.close()
    const { events, onEvent } = collecting()
    const second = await createReceiver({ ...options, onEvent })
    await until(() => events.length === 1)
    expect(events[0]).toMatchObject({ entityId: "42", after: { status: 2 } })
    await second.close()
  })

  it("asks the provider for what a delivery only names", async () => {
    const { events, onEvent } = collecting()
    const receiver = await startReceiver({ onEvent, hydrate: async (_, entity, id) => ({ id, entity, status: 3 }) })
    await post(receiver.url, deliveryBody({ snapshot: null }))
    await until(() => events.length === 1)
    expect(events[0]).toMatchObject({ after: { status: 3 } })
  })
})

describe("at rest", () => {
  it("shows no body, address or secret in the database, its WAL or its key", async () => {
    const receiver = await startReceiver({
      onEvent: () => Promise.reject(new Error("keeps it: canary-in-error@mail.example"))
    })
    await post(receiver.url, deliveryBody({ snapshot: { id: 42, email: "canary-in-body@mail.example" } }))
    await post(receiver.url, "canary-in-quarantine@mail.example")
    await until(() => receiver.inbox.show(1)?.attempts === 1)
    const files = everyFile(receiver.folder)
    expect(files.map(({ file }) => file.slice(receiver.folder.length + 1)).sort()).toEqual([
      "inbox.db",
      "inbox.db-shm",
      "inbox.db-wal",
      "inbox.db.key"
    ])
    for (const { file, text } of files) expect(/canary|test-webhook-secret/.test(text), file).toBe(false)
    expect(receiver.inbox.show(1)?.body).toContain("canary-in-body@mail.example")
  })
})

describe("starting and stopping", () => {
  it("says what to do when the port is taken or a secret is missing", async () => {
    const receiver = await startReceiver()
    const again = createReceiver({ db: join(temporaryFolder(), "b.db"), listen: { port: receiver.port }, sources: {} })
    await expect(again).rejects.toMatchObject({
      reason: "portInUse",
      message: expect.stringContaining("choose another port with --listen")
    })
    const bare = createReceiver({
      db: join(temporaryFolder(), "c.db"),
      listen: { port: 0 },
      sources: { fd: { profile: "freshworks", secrets: [""] } }
    })
    await expect(bare).rejects.toMatchObject({ reason: "secret" })
  })
  it("answers what it accepted before it stops", async () => {
    const folder = temporaryFolder()
    const receiver = await createReceiver({
      db: join(folder, "i.db"),
      listen: { port: 0 },
      sources: { fd: { profile: "freshworks", secrets: [secret] } }
    })
    const answers = Array.from({ length: 40 }, (_, id) =>
      post(receiver.url, deliveryBody({ id })).then(
        (answer) => answer.status,
        () => "refused" as const
      )
    )
    await until(() => receiver.inbox.list(1).length > 0)
    await receiver.close()
    const outcomes = await Promise.all(answers)
    const again = await createReceiver({ db: join(folder, "i.db"), listen: { port: 0 }, sources: {} })
    const kept = again.inbox.list(100).length
    await again.close()
    expect(outcomes.filter((outcome) => ![200, 503, "refused"].includes(outcome))).toEqual([])
    expect(kept).toBe(outcomes.filter((outcome) => outcome === 200).length)
  })
})
