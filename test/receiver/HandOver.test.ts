/**
 * From the inbox to a target: order, retries, a target that is down, programs, signed forwards, and what a crash
 * leaves.
 */
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { Webhook } from "standardwebhooks"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { makeCircuitBreaker } from "../../src/receiver/handover/CircuitBreaker.js"
import { defaultRetrySeconds, retryWaitMs } from "../../src/receiver/handover/RetrySchedule.js"
import {
  createReceiver,
  execProgram,
  forwardTo,
  type ReceiverOptions,
  replaceableTarget,
  type Target,
  TargetFailure
} from "../../src/receiver/index.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const starting = async (options: Partial<ReceiverOptions>) => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "h.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    ...options
  })
  onTestFinished(() => receiver.close())
  return receiver
}
const change = (id: number, n: number) =>
  deliveryBody({ id, updated_at: new Date(Date.UTC(2026, 2, 2, 10, 0, n)).toISOString(), snapshot: { id, n } })

describe("the hand-over", () => {
  it("keeps an entity's order through failures, parks what is behind, and gives each event its own before and after", async () => {
    const seen = new Map<number, Array<[unknown, unknown]>>()
    let failures = 0
    const receiver = await starting({
      retrySeconds: Array.from({ length: 50 }, () => 0.02),
      onEvent: (event) => {
        if (Number(event.after!["n"]) % 3 === 0 && failures++ % 3 !== 2) throw new Error("not now")
        const id = Number(event.entityId)
        seen.set(id, [...(seen.get(id) ?? []), [event.before?.["n"] ?? null, event.after!["n"]]])
      }
    })
    for (let n = 1; n <= 12; n++) await Promise.all([1, 2, 3, 4].map((id) => post(receiver.url, change(id, n))))
    await until(() => receiver.inbox.counts().delivered === 48)
    const expected = Array.from({ length: 12 }, (_, n) => [n === 0 ? null : n, n + 1])
    for (const id of [1, 2, 3, 4]) expect(seen.get(id)).toEqual(expected)
  })
  it("lets a poison event block its own entity only, gives it up, and keeps its versions for a retry", async () => {
    const taken: Array<WebhookEvent> = []
    let poisoned = true
    const receiver = await starting({
      retrySeconds: [0.01],
      onEvent: (event) => {
        if (poisoned && event.after!["n"] === 1 && event.entityId === "1") throw new Error("poison")
        taken.push(event)
      }
    })
    for (const n of [1, 2, 3]) await post(receiver.url, change(1, n))
    for (let id = 2; id <= 50; id++) await post(receiver.url, change(id, 1))
    await until(() => receiver.inbox.counts().delivered === 51)
    expect(receiver.inbox.counts().dead).toBe(1)
    expect(taken.filter(({ entityId }) => entityId === "1").map(({ after }) => after!["n"])).toEqual([2, 3])
    poisoned = false
    expect(receiver.inbox.retryAll({ source: "fd" })).toBe(1)
    receiver.wake()
    await until(() => receiver.inbox.counts().delivered === 52)
    expect(taken.at(-1)).toMatchObject({ before: null, after: { n: 1 }, changed: ["id", "n"] })
  })
  it("tells whether an event came late, by whole seconds and by the finer moment within one", async () => {
    const taken: Array<WebhookEvent> = []
    const receiver = await starting({ onEvent: (event) => void taken.push(event) })
    const within = (occurredAt: number, status: number) =>
      JSON.stringify({
        event: "ticket_update",
        entity: "ticket",
        id: 42,
        updated_at: "2026-03-02T10:00:00Z",
        occurred_at: occurredAt,
        snapshot: { id: 42, status }
      })
    await post(receiver.url, within(1_772_445_600_700, 4))
    await post(receiver.url, within(1_772_445_600_200, 3))
    await until(() => taken.length === 2)
    expect(taken.map(({ late }) => late)).toEqual([false, true])
    expect(receiver.inbox.state("fd", "ticket", "42")?.snapshot["status"]).toBe(4)
  })
  it("spares a target that is down: ten failures, then a probe at a time", async () => {
    const breaker = makeCircuitBreaker()
    for (let n = 0; n < 10; n++) {
      expect(breaker.allows(0, 5)).toBe(true)
      breaker.failed(0, null)
    }
    expect([breaker.allows(999, 0), breaker.allows(1_000, 1), breaker.allows(1_000, 0)]).toEqual([false, false, true])
    breaker.failed(1_000, null)
    expect([breaker.allows(2_999, 0), breaker.allows(3_000, 0)]).toEqual([false, true])
    breaker.succeeded()
    expect(breaker.allows(3_000, 31)).toBe(true)
    breaker.failed(3_000, 30_000) // Retry-After: thirty seconds
    expect([breaker.allows(32_999, 0), breaker.allows(33_000, 0)]).toEqual([false, true])
  })
  it("waits longer after each failure, never the same for two, and always the same for one", () => {
    const waits = defaultRetrySeconds.map((_, attempt) => retryWaitMs(defaultRetrySeconds, attempt, 7)!)
    expect(waits).toEqual(defaultRetrySeconds.map((_, attempt) => retryWaitMs(defaultRetrySeconds, attempt, 7)))
    defaultRetrySeconds.forEach((seconds, attempt) => {
      expect(Math.abs(waits[attempt]! / 1000 / seconds - 1)).toBeLessThanOrEqual(0.2)
    })
    expect(new Set([1, 2, 3, 4].map((id) => retryWaitMs(defaultRetrySeconds, 5, id))).size).toBe(4)
    expect(retryWaitMs(defaultRetrySeconds, defaultRetrySeconds.length, 7)).toBeNull()
  })
  it("gives a target so many at a time, and no more", async () => {
    let now = 0
    let most = 0
    const target: Target = {
      deliver: async () => {
        most = Math.max(most, ++now)
        await new Promise((resume) => setImmediate(resume))
        now -= 1
      }
    }
    const receiver = await starting({ target, concurrency: 3 })
    await Promise.all(Array.from({ length: 60 }, (_, id) => post(receiver.url, change(id, 1))))
    await until(() => receiver.inbox.counts().delivered === 60)
    expect(most).toBe(3)
  })
  it("hands over again after a crash what was not settled, and nothing else", async () => {
    const db = join(temporaryFolder(), "again.db")
    const taken: Array<string> = []
    const first = await starting({
      db,
      target: {
        deliver: ({ entityId }) =>
          entityId === "9" ? Promise.reject(new TargetFailure("Status500", false)) : Promise.resolve()
      }
    })
    for (let id = 1; id <= 9; id++) await post(first.url, change(id, 1))
    await until(() => first.inbox.counts().delivered === 8)
    await first.close()
    const second = await starting({ db, retrySeconds: [0.01], onEvent: ({ entityId }) => void taken.push(entityId) })
    await until(() => second.inbox.counts().delivered === 9)
    expect(taken).toEqual(["9"])
  })
})

describe("close()", () => {
  it("waits for a target no longer than its own time, and what it had in hand is handed over again", async () => {
    const db = join(temporaryFolder(), "silent.db")
    const said: Array<string> = []
    const deliver = () => new Promise<never>(() => undefined)
    const receiver = await createReceiver({
      db,
      listen: { port: 0 },
      sources: { fd: { profile: "freshworks", secrets: [secret] } },
      target: replaceableTarget({ timeoutMs: 20, deliver }),
      log: (_, message) => void said.push(message)
    })
    for (const id of [1, 2]) await post(receiver.url, change(id, 1))
    await until(async () => (await receiver.metrics.handOverUnderWay.get()).values[0]?.value === 2)
    await receiver.close()
    expect(said).toContain("stopped without the target's answer: what it has in hand is handed over again")
    const taken: Array<string> = []
    const next = await starting({ db, onEvent: ({ entityId }) => void taken.push(entityId) })
    await until(() => next.inbox.counts().delivered === 2)
    expect(taken.sort()).toEqual(["1", "2"])
  })
  it("and the watchdog go by the time of the target that is there now", () => {
    const deliver = async () => undefined
    const target = replaceableTarget({ timeoutMs: 5, deliver })
    expect(target.timeoutMs).toBe(5)
    target.replace({ timeoutMs: 9, deliver })
    expect(target.timeoutMs).toBe(9)
  })
})

describe("targets", () => {
  it("get what Standard Webhooks' own library verifies, with the event's id as idempotency key", async () => {
    const key = `whsec_${Buffer.from("a secret of twenty-four.").toString("base64")}`
    const verified: Array<WebhookEvent> = []
    const keys: Array<string> = []
    let answers = 0
    const server = createServer((request, response) => {
      let text = ""
      request.on("data", (chunk) => {
        text += chunk
      })
      request.on("end", () => {
        const headers = request.headers as Record<string, string>
        keys.push(headers["idempotency-key"]!)
        verified.push(new Webhook(key).verify(text, headers) as WebhookEvent)
        response.statusCode = answers++ === 0 ? 500 : 204
        response.end()
      })
    })
    await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`
    const receiver = await starting({ target: forwardTo({ url, secret: key }), retrySeconds: [0.01] })
    await post(receiver.url, change(1, 1))
    await until(() => receiver.inbox.counts().delivered === 1)
    expect(verified.map(({ entityId }) => entityId)).toEqual(["1", "1"])
    expect(new Set([...keys, ...verified.map(({ id }) => id)]).size).toBe(1)
    expect(receiver.inbox.show(1)).toMatchObject({ attempts: 2, lastError: null })
  })
  it("that take too long are given up on, and tried again", async () => {
    const server = createServer(() => undefined)
    await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const receiver = await starting({ target: forwardTo({ url, secret: null, timeoutMs: 50 }), retrySeconds: [] })
    await post(receiver.url, change(1, 1))
    await until(() => receiver.inbox.counts().dead === 1)
    expect(receiver.inbox.show(1)!.lastError).toBe("Timeout")
  })
  it("get nothing from a receiver that loses its lease while it connects to them", async () => {
    let got = 0
    const server = createServer((request, response) => {
      got += 1
      request.resume()
      response.end()
    })
    await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const target = forwardTo({ url, secret: null })
    const event: Parameters<Target["deliver"]>[0] = {
      deliveryId: 1,
      attempts: 0,
      eventId: "evt_1",
      source: "fd",
      entity: "ticket",
      entityId: "1",
      body: "{}"
    }
    let owns = true
    const first = target.deliver(event, () => owns)
    owns = false
    await expect(first).rejects.toMatchObject({ kind: "NotOwner", down: false })
    expect(got).toBe(0)
    owns = true
    await target.deliver(event, () => owns)
    // The connection is kept: asked of all the same.
    await expect(target.deliver(event, () => false)).rejects.toMatchObject({ kind: "NotOwner" })
    expect(got).toBe(1)
  })
  it("may be programs: the event on standard input, no secret in the environment, the exit code as the answer", async () => {
    const out = join(temporaryFolder(), "out.ndjson")
    process.env["HOOK_CANARY"] = "canary-secret"
    onTestFinished(() => void delete process.env["HOOK_CANARY"])
    const target = execProgram({
      command: `cat >> ${out} && echo >> ${out} && echo "$HOOKSHIFT_EVENT_ID:$HOOK_CANARY:" >> ${out} && test ! -f ${out}.no`,
      withhold: ["HOOK_CANARY"]
    })
    const receiver = await starting({ target, retrySeconds: [] })
    await post(receiver.url, change(1, 1))
    await until(() => receiver.inbox.counts().delivered === 1)
    const [line, said] = readFileSync(out, "utf8").split("\n")
    const event = JSON.parse(line!) as WebhookEvent
    expect(event).toMatchObject({ entityId: "1", after: { n: 1 } })
    expect(said).toBe(`${event.id}::`)
    const failing = await starting({ target: execProgram({ command: "exit 3" }), retrySeconds: [] })
    await post(failing.url, change(1, 1))
    await until(() => failing.inbox.counts().dead === 1)
    expect(failing.inbox.show(1)!.lastError).toBe("ExitCode3")
  })
})
