/** The clients without Effect, recorded through an instrumented fetch. */
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import {
  freshchatClient,
  freshdeskClient,
  freshsalesClient,
  freshserviceClient,
  instrumentFetch,
  openRecorder
} from "../../src/index.js"
import { type SimulatedProductName, startSimulator } from "../../src/simulator/index.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"

const account = async (product: SimulatedProductName) => {
  const simulator = await startSimulator({
    products: [product],
    entities: 60,
    changesPerHour: 0,
    readLagMs: 0,
    revoked: ["revoked"]
  })
  onTestFinished(() => simulator.close())
  return { simulator, options: { baseUrl: simulator.url, apiKey: "key" } }
}

const collect = async <A>(items: AsyncIterable<A>): Promise<Array<A>> => {
  const all: Array<A> = []
  for await (const item of items) all.push(item)
  return all
}

describe("clients in promises", () => {
  it("read, change and reject with the products' own errors; what they call is recorded", async () => {
    const { options, simulator } = await account("freshdesk")
    const db = join(temporaryFolder(), "p.db")
    const recorder = openRecorder({ db, integration: "mine", hosts: [`${new URL(simulator.url).host}=freshdesk@acme`] })
    const desk = await freshdeskClient({ ...options, fetch: instrumentFetch(fetch, recorder) })
    const tickets = await collect(desk.list("ticket", { updatedSince: "2000-01-01T00:00:00Z" }))
    expect(tickets).toHaveLength(simulator.world.readable("ticket").length)
    expect((await desk.update("ticket", tickets[0]!.id, { status: 4 })).status).toBe(4)
    await expect(desk.get("ticket", 999_999)).rejects.toMatchObject({ _tag: "ProviderError", reason: "notFound" })
    await expect(desk.bulkUpdate([1, 999_999], { priority: 2 })).rejects.toMatchObject({
      _tag: "BulkPartialFailure",
      succeeded: ["1"]
    })
    expect(await desk.bulk.update([1], { priority: 3 })).toEqual({ ids: ["1"] })
    expect((await desk.me()).id).toBe(simulator.world.readable("agent")[0]!["id"])
    expect(await desk.rules.list("ticket_update")).toEqual([])
    const refused = await freshdeskClient({ ...options, apiKey: "revoked" })
    await expect(collect(refused.list("contact"))).rejects.toMatchObject({
      _tag: "ProviderError",
      reason: "unauthorized"
    })
    await recorder.close()
    const database = openDatabase(db)
    expect(
      database.prepare("SELECT template FROM stream WHERE method = 'GET' ORDER BY template").pluck().all()
    ).toContain("/api/v2/tickets")
    database.close()
  })
  it("know each product's own lists", async () => {
    const service = await account("freshservice")
    expect((await collect((await freshserviceClient(service.options)).list("asset"))).length).toBeGreaterThan(5)
    const sales = await account("freshsales")
    const crm = await freshsalesClient(sales.options)
    expect((await crm.views("deal")).map(({ name }) => name)).toContain("All Deals")
    expect((await collect(crm.list("contact"))).length).toBe(sales.simulator.world.readable("contact").length)
    const talk = await account("freshchat")
    const chat = await freshchatClient(talk.options)
    // A list that takes no argument can be read again.
    expect((await collect(chat.agents)).length).toBe((await collect(chat.agents)).length)
    expect(await collect(chat.agents)).toHaveLength(6)
    // Not everybody has written yet.
    const conversations = await Promise.all(
      (await collect(chat.users())).map((user) => collect(chat.conversationsOf(user.id)))
    )
    const [conversation] = conversations.flat()
    const said = await chat.say(conversation!.conversation_id, { message_parts: [{ text: { content: "hello" } }] })
    expect((await collect(chat.messagesOf(conversation!.conversation_id))).map(({ id }) => id)).toContain(said["id"])
  })
})
