/** The pushes of the simulated products: their content, how many there are, and how often each is tried. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import type { PlanLimits } from "../../src/providers/index.js"
import { type SimulatorOptions, startSimulator } from "../../src/simulator/index.js"
import { type ManualTime, manualTime } from "../support/inProcess.js"

const start = Date.parse("2026-03-02T08:00:10Z")

/** A receiver that answers as it is told, and says when each post came, in seconds from the start. */
const listening = async (time: ManualTime, answer: () => number) => {
  const came: Array<number> = []
  const retries: Array<string | undefined> = []
  const server = createServer((request, response) => {
    came.push((time.now() - start) / 1000)
    retries.push(request.headers["x-retry-count"] as string | undefined)
    request.resume()
    request.on("end", () => response.writeHead(answer()).end())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  return { came, retries, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

const simulated = async (options: SimulatorOptions) => {
  const simulator = await startSimulator({ entities: 100, changesPerHour: 0, readLagMs: 0, ...options })
  onTestFinished(() => simulator.close())
  return simulator
}

/** Lets time pass in steps, and what is under way arrive. */
const pass = async (time: ManualTime, seconds: number, step: number): Promise<void> => {
  for (let at = 0; at < seconds; at += step) {
    time.advance(step * 1000)
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** An account with a rule on its tickets' updates, under these limits. */
const ruleUnder = async (time: ManualTime, limits: PlanLimits) => {
  const simulator = await simulated({ time, limits })
  const { came, url } = await listening(time, () => 200)
  const bodies = { ticket_update: '{"id":"{{ticket.id}}"}' }
  simulator.deliveries.setUp({ product: "freshdesk", url, route: "rule", events: ["ticket_update"], bodies })
  return { came, simulator }
}

describe("pushes", () => {
  it("of an app beyond 50 a minute wait for the next minute", async () => {
    const time = manualTime(start)
    const simulator = await simulated({ time })
    const { came, url } = await listening(time, () => 200)
    simulator.deliveries.install({ product: "freshdesk", url, secret: "s", events: ["ticket_update"] })
    for (let n = 0; n < 130; n++) simulator.world.change("ticket", "update", 1 + (n % 40), { priority: 1 + (n % 4) })
    // Ten seconds of this minute are over: the next one begins in fifty.
    const arrived = []
    for (const until of [45, 60, 60]) {
      await pass(time, until, 5)
      arrived.push(came.length)
    }
    expect(arrived).toEqual([50, 100, 130])
    expect(simulator.deliveries.counts).toMatchObject({ deferred: 80, dropped: 0, accepted: 130 })
  })
  it("of a rule use the account's limit as calls do: beyond it they wait for the next hour", async () => {
    const time = manualTime(start)
    const { came, simulator } = await ruleUnder(time, { limit: 50, period: "minute", endpoints: {}, source: "test" })
    const remaining = async () => {
      const answer = await fetch(`${simulator.url}/api/v2/tickets/1`, {
        headers: { authorization: `Basic ${Buffer.from("k:X").toString("base64")}` }
      })
      return [answer.status, answer.headers.get("x-ratelimit-remaining")]
    }
    expect(await remaining()).toEqual([200, "49"])
    for (let n = 0; n < 120; n++) simulator.world.change("ticket", "update", 1 + (n % 40), { priority: 1 + (n % 4) })
    await pass(time, 45, 5)
    // One call and 49 deliveries: the limit of the minute is used up for both.
    expect(came).toHaveLength(49)
    expect(await remaining()).toEqual([429, "0"])
    expect(simulator.deliveries.counts.deferred).toBe(71)
    // 08:00:55; the next hour begins in 3,545 seconds.
    await pass(time, 3_540, 60)
    expect(came).toHaveLength(49)
    await pass(time, 30, 5)
    expect(came).toHaveLength(99)
    await pass(time, 60, 5)
    expect(came).toHaveLength(120)
    expect(simulator.deliveries.counts).toMatchObject({ dropped: 0, accepted: 120 })
  })
  it("of a rule that would wait for more than a day for a call of the limit are dropped", async () => {
    const time = manualTime(start)
    const { came, simulator } = await ruleUnder(time, { limit: 1, period: "hour", endpoints: {}, source: "test" })
    for (let n = 0; n < 30; n++) simulator.world.change("ticket", "update", 1 + n, { priority: 1 + (n % 4) })
    await pass(time, 26 * 3_600, 600)
    // This hour's one, and one in each of the 24 hours that begin within a day.
    expect(came).toHaveLength(25)
    expect(simulator.deliveries.counts).toMatchObject({ dropped: 5, accepted: 25 })
  })
  it("with an allowance of 1,000 an hour are deferred, and dropped where they would wait longer than a day", async () => {
    const time = manualTime(start)
    const simulator = await simulated({ products: ["freshservice"], time, deliveryPolicy: "thousand-an-hour" })
    const { url } = await listening(time, () => 200)
    simulator.deliveries.setUp({
      product: "freshservice",
      url,
      events: ["ticket_update"],
      bodies: { ticket_update: '{"id":"{{ticket.id}}"}' }
    })
    for (let n = 0; n < 26_000; n++) simulator.world.change("ticket", "update", 1 + (n % 20), { priority: 1 + (n % 4) })
    // This hour's thousand, 24 hours' more; the rest would come later than that.
    expect(simulator.deliveries.counts.deferred).toBe(24_000)
    expect(simulator.deliveries.counts.dropped).toBe(1_000)
  })
  it.each([
    ["brief", [60, 120, 240, 480]],
    ["freshdesk-rule", [300, 1_800, 3_600]]
  ] as const)("are tried again as the policy %s lays down, and then dropped", async (deliveryPolicy, waits) => {
    const time = manualTime(start)
    const simulator = await simulated({ time, deliveryPolicy })
    const { came, retries, url } = await listening(time, () => 500)
    simulator.deliveries.install({ product: "freshdesk", url, secret: "s", events: ["ticket_update"] })
    simulator.world.change("ticket", "update", 1, { status: 4 })
    await pass(time, waits.reduce((sum, wait) => sum + wait, 0) + 120, 10)
    expect(came).toHaveLength(waits.length + 1)
    waits.forEach((wait, index) => {
      expect(came[index + 1]! - came[index]!).toBeGreaterThanOrEqual(wait)
      expect(came[index + 1]! - came[index]!).toBeLessThanOrEqual(wait + 20)
    })
    expect(retries).toEqual([undefined, ...waits.map((_, index) => String(index + 1))])
    expect(simulator.deliveries.counts).toMatchObject({ dropped: 1, accepted: 0 })
  })
  it("tell of what each route covers, and of nothing else", async () => {
    const time = manualTime(start)
    const simulator = await simulated({ products: ["freshservice"], time })
    const { url } = await listening(time, () => 200)
    const events = ["ticket_create", "ticket_update", "change_update", "asset_delete"]
    simulator.deliveries.install({ product: "freshservice", url, secret: "s", events })
    const { world } = simulator
    world.change("ticket", "update", 1, { tags: ["x"] })
    world.change("ticket", "update", 1, { custom_fields: { cost_centre: "1" } })
    world.change("ticket", "update", 1, { status: 3 })
    world.change("ticket", "delete", 2, {}) // reported as an update
    world.change("change", "update", 1, { custom_fields: { window: "W1" } })
    world.change("asset", "delete", 1, {})
    world.change("conversation", "create", null, { ticket_id: 1 })
    expect(simulator.deliveries.outcomes.map(({ event, id }) => `${event} ${id}`)).toEqual([
      "ticket_update 1",
      "ticket_update 2",
      "change_update 1",
      "asset_delete 1"
    ])
  })
  it("of a rule tell of a ticket whose stamp a reply moved, of a workflow do not", async () => {
    const time = manualTime(start)
    const simulator = await simulated({ time })
    const { url } = await listening(time, () => 200)
    const bodies = { ticket_update: '{"id":"{{ticket.id}}"}' }
    const events = ["ticket_update"]
    simulator.deliveries.setUp({ product: "freshdesk", url: `${url}rule`, route: "rule", events, bodies })
    simulator.deliveries.setUp({ product: "freshdesk", url: `${url}workflow`, events, bodies })
    simulator.world.change("conversation", "create", null, { ticket_id: 1, incoming: false, private: false })
    simulator.world.change("time_entry", "create", null, { ticket_id: 2 })
    expect(simulator.deliveries.outcomes.map(({ event, id }) => `${event} ${id}`)).toEqual(["ticket_update 1"])
  })
  it("of an app tell that a reply was deleted, and no list shows it any more", async () => {
    const time = manualTime(start)
    const simulator = await simulated({ time })
    const { url } = await listening(time, () => 200)
    const events = ["conversation_create", "conversation_delete"]
    simulator.deliveries.install({ product: "freshdesk", url, secret: "s", events })
    const { change } = simulator.world
    const reply = change("conversation", "create", null, { ticket_id: 1 })!
    change("conversation", "delete", reply["id"] as number, {})
    expect(simulator.deliveries.outcomes.map(({ event }) => event)).toEqual(events)
    const headers = { authorization: `Basic ${Buffer.from("k:X").toString("base64")}` }
    const listed = await fetch(`${simulator.url}/api/v2/tickets/1/conversations`, { headers })
    const ids = ((await listed.json()) as ReadonlyArray<{ id: unknown }>).map(({ id }) => id)
    expect(ids).not.toContain(reply["id"])
  })
})
