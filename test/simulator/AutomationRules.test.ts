/** Automation rules: how they are taken, what fires them, and how they are shown. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { basic, simulatedProvider } from "../support/provider.js"
import { until } from "../support/until.js"

const webhook = {
  field_name: "trigger_webhook",
  request_type: "POST",
  url: "http://127.0.0.1:1/",
  content_type: "JSON",
  content_layout: "2",
  content: { id: "{{ticket.id}}", about: "{{ticket.subject}}" }
}
const update = {
  name: "tell",
  active: true,
  performer: { type: 3 },
  events: [{ field_name: "status", from: "--", to: "--" }],
  actions: [webhook]
}

const started = async () => {
  const simulator = await simulatedProvider()
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${simulator.url}/api/v2/automations/${path}`, {
      method,
      headers: { ...basic("k"), "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    return { status: response.status, body: text === "" ? null : JSON.parse(text) }
  }
  const { change } = simulator.world
  const say = (ticket: number, record: object) =>
    change("conversation", "create", null, { ticket_id: ticket, ...record })
  return { simulator, ask, change, say, fired: () => simulator.deliveries.outcomes.map(({ id }) => id) }
}

const without = (value: object, key: string): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
const withAction = (action: object) => ({ ...update, actions: [action] })
const conditioned = (set: object) => ({ ...update, conditions: [set] })
const isHigh = { resource_type: "ticket", field_name: "priority", operator: "is", value: 3 }
const set = { name: "condition_set_1", match_type: "all", properties: [isHigh] }

describe("a rule that is taken", () => {
  it.each([
    ...["performer", "events", "name", "actions"].map((key) => [key, without(update, key)] as const),
    ...["request_type", "url", "content_type", "content_layout", "content"].map(
      (key) => [key, withAction(without(webhook, key))] as const
    ),
    ...["name", "match_type", "properties"].map(
      (key) => [`a condition's ${key}`, conditioned(without(set, key))] as const
    ),
    ...["resource_type", "field_name", "operator", "value"].map(
      (key) => [`a property's ${key}`, conditioned({ ...set, properties: [without(isHigh, key)] })] as const
    )
  ])("is answered 500 without %s", async (_, rule) => {
    const { ask } = await started()
    expect(await ask("POST", "4/rules", rule)).toEqual({ status: 500, body: null })
    expect((await ask("GET", "4/rules")).body).toEqual([])
  })
  it.each([
    ["performer", { ...update, performer: { type: 4 } }],
    ["content_type", withAction({ ...webhook, content_type: "json" })],
    ["content_layout", withAction({ ...webhook, content_layout: "advanced" })],
    ["content", withAction({ ...webhook, content: '{"id":"{{ticket.id}}"}' })],
    ["events", { ...update, events: [{ field_name: "note_type", value: "any" }] }],
    ["events", { ...update, events: [] }]
  ])("is answered 400 with a wrong %s", async (field, rule) => {
    const { ask } = await started()
    expect(await ask("POST", "4/rules", rule)).toMatchObject({ status: 400, body: { errors: [{ field }] } })
  })
  it("needs neither performer nor events on creation, and shows one empty condition set where it has none", async () => {
    const { ask } = await started()
    const { body, status } = await ask("POST", "1/rules", { name: "new ones", active: true, actions: [webhook] })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      position: 1,
      conditions: [{ name: "condition_set_1", match_type: "all", properties: [] }],
      affected_tickets_count: 0,
      outdated: false
    })
  })
})

describe("an update rule", () => {
  it("fires on the fields that it names, with its header and its content filled in", async () => {
    const posts: Array<{ token: unknown; body: string }> = []
    const server = createServer((request, response) => {
      let body = ""
      request.on("data", (chunk: Buffer) => (body += chunk))
      request.on("end", () => {
        posts.push({ token: request.headers["x-token"], body })
        response.writeHead(200).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const { ask, change } = await started()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const action = { ...webhook, url, custom_headers: { "x-token": "t" } }
    const events = [{ field_name: "cf_region", from: "--", to: "apac" }]
    await ask("POST", "4/rules", { ...update, events, actions: [action] })
    await ask("POST", "4/rules", {
      ...update,
      name: "simple",
      events,
      actions: [{ ...action, content_layout: "1", content: { ticket_id: "{{ticket.id}}" } }]
    })
    change("ticket", "update", 1, { status: 3 })
    change("ticket", "update", 1, { custom_fields: { cf_region: "emea" } })
    change("ticket", "update", 2, { subject: 'says "hi"', custom_fields: { cf_region: "apac" } })
    await until(() => posts.length === 2)
    expect(posts.map(({ token }) => token)).toEqual(["t", "t"])
    expect(new Set(posts.map(({ body }) => body))).toEqual(
      new Set([
        JSON.stringify({ id: "2", about: 'says "hi"' }),
        JSON.stringify({ freshdesk_webhook: { ticket_id: "2" } })
      ])
    )
  })
  it("fires on replies, and on notes of the kind that it names, as an update of the ticket", async () => {
    const { ask, fired, say, simulator } = await started()
    const on = (name: string, event: object) => ask("POST", "4/rules", { ...update, name, events: [event] })
    await on("replies", { field_name: "reply_sent" })
    say(1, { incoming: false, private: false, source: 0 })
    say(2, { incoming: false, private: true, source: 2 })
    expect(fired()).toEqual([1])
    await on("public notes", { field_name: "note_type", value: "public" })
    say(3, { incoming: false, private: false, source: 2 })
    say(4, { incoming: false, private: true, source: 2 })
    expect(fired()).toEqual([1, 3])
    await on("private notes", { field_name: "note_type", value: "private" })
    say(5, { incoming: false, private: true, source: 2 })
    expect(fired()).toEqual([1, 3, 5])
    expect(new Set(simulator.deliveries.outcomes.map(({ entity, event }) => `${entity} ${event}`))).toEqual(
      new Set(["ticket ticket_update"])
    )
    // A time entry moves the stamp as well, and is neither.
    simulator.world.change("time_entry", "create", null, { ticket_id: 6 })
    expect(fired()).toHaveLength(3)
  })
  it("fires for its performer only", async () => {
    const { ask, change, fired, say } = await started()
    const events = [{ field_name: "reply_sent" }, { field_name: "status", from: "--", to: "--" }]
    const by = (type: number) => ask("POST", "4/rules", { ...update, name: `by ${type}`, performer: { type }, events })
    await by(1)
    say(1, { incoming: true, private: false, source: 0, user_id: 1001 })
    expect(fired()).toEqual([])
    say(2, { incoming: false, private: false, source: 0 })
    change("ticket", "update", 3, { status: 4 })
    expect(fired()).toEqual([2, 3])
    await by(2)
    say(4, { incoming: true, private: false, source: 0, user_id: 1001 })
    expect(fired()).toEqual([2, 3, 4])
    await by(3)
    say(5, { incoming: true, private: false, source: 0, user_id: 1001 })
    // Of the requesters', and of either's.
    expect(fired()).toEqual([2, 3, 4, 5, 5])
  })
  it.each([
    ["AND", [3]],
    ["OR", [1, 2, 3]]
  ])("combines its condition sets by %s", async (operator, expected) => {
    const { ask, change, fired } = await started()
    for (const id of [1, 2, 3, 4]) change("ticket", "update", id, { priority: 1, type: "Question" })
    const refunds = { ...isHigh, field_name: "type", value: "Refund" }
    await ask("POST", "4/rules", {
      ...update,
      operator,
      conditions: [set, { name: "condition_set_2", match_type: "any", properties: [refunds] }]
    })
    change("ticket", "update", 1, { status: 4, priority: 3 })
    change("ticket", "update", 2, { status: 4, type: "Refund" })
    change("ticket", "update", 3, { status: 4, priority: 3, type: "Refund" })
    change("ticket", "update", 4, { status: 4 })
    expect(fired()).toEqual(expected)
  })
  it("counts the tickets that it affected, and is outdated once a field that it names is gone", async () => {
    const { ask, change, fired, simulator } = await started()
    const events = [...update.events, { field_name: "cf_region", from: "--", to: "--" }]
    const { body } = await ask("POST", "4/rules", { ...update, events })
    for (const id of [1, 1, 2]) change("ticket", "update", id, { status: 3 })
    const shown = async () => (await ask("GET", `4/rules/${body.id}`)).body
    expect(await shown()).toMatchObject({ affected_tickets_count: 2, outdated: false })
    const gone = await fetch(`${simulator.url}/_sim/removed-fields`, { method: "POST", body: '["cf_region"]' })
    expect(gone.status).toBe(200)
    expect(await shown()).toMatchObject({ outdated: true })
    change("ticket", "update", 3, { status: 4 })
    expect(fired()).toEqual([1, 1, 2])
  })
})
