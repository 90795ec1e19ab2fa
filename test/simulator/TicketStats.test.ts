/** `include=stats` on Freshdesk's ticket list, and what it costs. */
import { expect, it } from "vitest"
import { manualTime } from "../support/inProcess.js"
import { basic, simulatedProvider } from "../support/provider.js"

const start = Date.parse("2026-03-02T08:00:00Z")

it("tells when agent and requester replied last, and how the status moved; private notes move updated_at alone", async () => {
  const time = manualTime(start)
  const simulator = await simulatedProvider({ time })
  const { change } = simulator.world
  const { id } = change("ticket", "create", null, { subject: "asked", description: "d" }) as { id: number }
  const seen = async () => {
    const url = `${simulator.url}/api/v2/tickets?include=stats&updated_since=2026-03-02T08:00:00Z`
    const list = (await (await fetch(url, { headers: basic("k") })).json()) as ReadonlyArray<Record<string, unknown>>
    const { stats, updated_at: updatedAt } = list.find((ticket) => ticket["id"] === id)!
    return { ...(stats as Record<string, unknown>), updatedAt }
  }
  const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString().replace(".000", "")
  const after = (minutes: number, entity: string, fields: Record<string, unknown>) => {
    time.advance(start + minutes * 60_000 - time.now())
    return entity === "ticket" ? change("ticket", "update", id, fields) : change(entity, "create", null, fields)
  }
  const say = (minutes: number, record: object) => after(minutes, "conversation", { ticket_id: id, ...record })
  expect(await seen()).toEqual({
    first_responded_at: null,
    agent_responded_at: null,
    requester_responded_at: null,
    status_updated_at: at(0),
    reopened_at: null,
    pending_since: null,
    resolved_at: null,
    closed_at: null,
    updatedAt: at(0)
  })
  say(1, { incoming: false, private: false, source: 0 })
  say(2, { incoming: true, private: false, source: 0 })
  const answer = say(3, { incoming: false, private: false, source: 0 })!
  const replied = { first_responded_at: at(1), agent_responded_at: at(3), requester_responded_at: at(2) }
  expect(await seen()).toMatchObject({ ...replied, updatedAt: at(3) })
  say(4, { incoming: false, private: true, source: 2 })
  expect(await seen()).toMatchObject({ ...replied, updatedAt: at(4) })
  after(5, "ticket", { status: 4 })
  say(6, { incoming: true, private: false, source: 0 })
  expect(await seen()).toMatchObject({ resolved_at: at(5), status_updated_at: at(5), requester_responded_at: at(6) })
  after(7, "ticket", { status: 2 })
  expect(await seen()).toMatchObject({ resolved_at: null, reopened_at: at(7), status_updated_at: at(7) })
  change("conversation", "delete", answer["id"] as number, {})
  expect(await seen()).toMatchObject({ agent_responded_at: at(1) })
})
it("costs two credits more on a list", async () => {
  const { url } = await simulatedProvider()
  const used = async (path: string) =>
    (await fetch(`${url}/api/v2${path}`, { headers: basic("k") })).headers.get("x-ratelimit-used-currentrequest")
  expect(await used("/tickets?include=stats,requester")).toBe("3")
  expect(await used("/tickets?include=requester")).toBe("1")
})
