/** Every route's payload becomes one event; what it lacks is fetched, once; an integration's own doing is marked. */

import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { createReceiver, type ReceiverOptions, signBody } from "../../src/receiver/index.js"
import { startSimulator } from "../../src/simulator/index.js"
import { temporaryFolder } from "../support/files.js"
import { type ManualTime, manualTime } from "../support/inProcess.js"

const secret = "test-webhook-secret"

const receiving = async (options: Partial<ReceiverOptions> & Pick<ReceiverOptions, "sources">) => {
  const events: Array<WebhookEvent> = []
  let wake = (): void => undefined
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "n.db"),
    listen: { port: 0 },
    onEvent: (event) => {
      events.push(event)
      wake()
    },
    ...options
  })
  onTestFinished(() => receiver.close())
  const until = async (count: number): Promise<ReadonlyArray<WebhookEvent>> => {
    while (events.length < count)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    return events
  }
  const post = (source: string, body: unknown, headers: Record<string, string>) =>
    fetch(`${receiver.url}/hooks/${source}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers
    })
  const signed = (source: string, body: unknown) =>
    post(source, body, { "x-freshworks-signature": signBody(Buffer.from(JSON.stringify(body)), secret) })
  return { receiver, events, until, post, signed }
}
/** Lets time pass until something has come about. */
const passing = async (time: ManualTime, done: () => boolean): Promise<void> => {
  while (!done()) {
    time.advance(500)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const token = { "x-hookshift-token": secret }

describe("payloads", () => {
  it("of a rule's simple form: the ticket is fetched, once for two deliveries at the same time", async () => {
    let fetched = 0
    const { post, until } = await receiving({
      sources: { fd: { profile: "token", secrets: [secret], product: "freshdesk" } },
      hydrate: async (_, entity, id) => {
        fetched += 1
        await new Promise((resolve) => setImmediate(resolve))
        return { id: Number(id), status: 3, updated_at: "2026-03-02T10:00:05Z", entity }
      }
    })
    const body = (subject: string) => ({
      freshdesk_webhook: { ticket_id: 42, ticket_subject: subject, ticket_updated_at: "2026-03-02T10:00:05Z" }
    })
    const answers = await Promise.all([post("fd", body("a"), token), post("fd", body("b"), token)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const [event] = await until(1)
    expect(event).toMatchObject({ event: "ticket_update", entity: "ticket", entityId: "42", after: { status: 3 } })
    expect(fetched).toBe(1)
  })
  it("of a hydration that comes back older than the delivery: it is asked for again", async () => {
    const stamps = ["2026-03-02T10:00:00Z", "2026-03-02T10:00:05Z"]
    let asked = 0
    const time = manualTime(Date.now())
    const { events, post } = await receiving({
      time,
      sources: { fd: { profile: "token", secrets: [secret] } },
      hydrate: async () => ({ id: 42, updated_at: stamps[Math.min(asked++, 1)]! })
    })
    await post("fd", { event: "ticket_update", entity: "ticket", id: 42, updated_at: stamps[1] }, token)
    await passing(time, () => events.length === 1)
    expect(events[0]!.after).toEqual({ id: 42, updated_at: stamps[1] })
    expect(asked).toBe(2)
  })
  it("of the platform's own event, passed on as it is", async () => {
    const { signed, until } = await receiving({
      sources: { sales: { profile: "freshworks", secrets: [secret], product: "freshsales" } }
    })
    const event = {
      event: "onDealUpdate",
      timestamp: 1_772_445_600_000,
      account_id: "1",
      domain: "acme.myfreshworks.com",
      data: {
        deal: { id: 7, amount: "10.0", updated_at: "2026-03-02T15:30:00+05:30", changes: { amount: ["9.0", "10.0"] } },
        actor: { id: 3 }
      }
    }
    expect((await signed("sales", event)).status).toBe(200)
    const [handed] = await until(1)
    expect(handed).toMatchObject({ event: "deal_update", entityId: "7", occurredAt: "2026-03-02T10:00:00.000Z" })
    expect(handed!.after).not.toHaveProperty("changes")
  })
  it("that nobody understands: kept in quarantine, with a 200", async () => {
    const { receiver, signed } = await receiving({
      sources: { chat: { profile: "freshworks", secrets: [secret], product: "freshchat" } }
    })
    for (const body of [
      { action: "conversation_merge", data: {} },
      { event: "onSurpriseUpdate", data: {} },
      { freshdesk_webhook: { subject: "no id" } },
      { action: "message_create", data: {} }
    ])
      expect((await signed("chat", body)).status).toBe(200)
    expect(receiver.inbox.counts()).toMatchObject({ quarantined: 4, stored: 0 })
  })
})

describe("what the simulated products send by hand-made set-ups", () => {
  it("Freshchat's own webhooks verify with the key of its settings page, and tell of messages and conversations", async () => {
    const time = manualTime(Date.now())
    const simulator = await startSimulator({
      products: ["freshchat"],
      entities: 40,
      changesPerHour: 0,
      readLagMs: 0,
      time
    })
    onTestFinished(() => simulator.close())
    const product = simulator.products[0]!
    const { publicKey } = product.setUpWebhook!("http://127.0.0.1:1/")
    const { events, receiver } = await receiving({
      sources: { chat: { profile: "freshchat", secrets: [publicKey], product: "freshchat" } }
    })
    product.setUpWebhook!(`${receiver.url}/hooks/chat`)
    const { world } = simulator
    const conversation = world.readable("conversation")[0]!
    const id = String(conversation["conversation_id"])
    world.change("message", "create", null, { conversation_id: id, message_parts: [{ text: { content: "hi" } }] })
    world.change("conversation", "update", id, { assigned_agent_id: "a" })
    world.change("conversation", "update", id, { status: "resolved" })
    world.change("conversation", "update", id, { status: "reopened" })
    world.change("conversation", "update", id, { properties: { priority: "High" } })
    await passing(time, () => events.length === 4)
    expect(events.map(({ event }) => event).sort()).toEqual([
      "conversation_update",
      "conversation_update",
      "conversation_update",
      "message_create"
    ])
    expect(receiver.inbox.counts()).toMatchObject({ quarantined: 0 })
  })
  it("a workflow's body carries the id only: one fetch each, and a wrong secret is refused", async () => {
    const time = manualTime(Date.now())
    const simulator = await startSimulator({
      products: ["freshservice"],
      entities: 40,
      changesPerHour: 0,
      readLagMs: 0,
      time
    })
    onTestFinished(() => simulator.close())
    let fetched = 0
    const { events, receiver } = await receiving({
      sources: { fs: { profile: "token", secrets: [secret], product: "freshservice" } },
      hydrate: async (_, entity, id) => {
        fetched += 1
        return simulator.world.read(entity, Number(id)) as Record<string, unknown>
      }
    })
    const { provider } = simulator.products[0]!
    const setUp = (path: string, value: string) =>
      fetch(`${simulator.url}/_sim/apps`, {
        method: "POST",
        body: JSON.stringify({
          product: "freshservice",
          route: "ui",
          url: `${receiver.url}/hooks/${path}`,
          header: "x-hookshift-token",
          secret: value,
          events: ["ticket_update"],
          bodies: { ticket_update: provider.runbook!.body!("ticket_update", "acme.freshservice.com") }
        })
      })
    await setUp("fs", secret)
    simulator.world.change("ticket", "update", 1, { status: 4 })
    await passing(time, () => events.length === 1)
    expect(events[0]).toMatchObject({ event: "ticket_update", entityId: "1", after: { status: 4 } })
    expect(fetched).toBe(1)
    await setUp("fs", "another")
    simulator.world.change("ticket", "update", 2, { status: 4 })
    await passing(time, () => simulator.deliveries.counts.refused > 0 && receiver.inbox.counts().stored === 0)
    expect(receiver.inbox.counts()).toMatchObject({ delivered: 1, stored: 0, quarantined: 0 })
  })
})

describe("echoes", () => {
  const update = (status: number, at: number, actor: number) => ({
    event: "ticket_update",
    entity: "ticket",
    id: 42,
    updated_at: `2026-03-02T10:00:0${at}Z`,
    account: "acme",
    actor: { type: "agent", id: actor },
    snapshot: { id: 42, status, tags: ["x"], updated_at: `2026-03-02T10:00:0${at}Z` }
  })
  it("are told by the actor, and by the last write where the actor says nothing", async () => {
    const { receiver, signed, until } = await receiving({
      sources: { fd: { profile: "freshworks", secrets: [secret], serviceAccount: "900" } }
    })
    await signed("fd", update(2, 1, 7))
    await signed("fd", update(3, 2, 900))
    await until(2)
    receiver.noteWrite("fd", "ticket", "42", { status: 4 })
    await signed("fd", update(4, 3, 7))
    await signed("fd", update(5, 4, 7))
    const events = await until(4)
    expect(events.map(({ after, echo }) => [after?.["status"], echo])).toEqual([
      [2, null],
      [3, "actor"],
      [4, "lastWrite"],
      [5, null]
    ])
  })
})
