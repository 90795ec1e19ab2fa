/** Checks of answers from the state while an account changes: they equal the provider's but for later moves. */
import { expect } from "vitest"
import type { Asked } from "./mirrorWorld.js"
import { asOf, type World } from "./motion.js"

type Fields = Readonly<Record<string, unknown>>

const movedSince = (world: World, entity: string, at: number): Set<string> =>
  new Set(
    world
      .truth()
      .filter((one) => one.entity === entity && one.at > at)
      .map(({ id }) => String(id))
  )

/** Results and their contents; `false` where the provider answered. */
export const checkSearch = async (world: World, query: string, about: string): Promise<boolean> => {
  const target = `/api/v2/search/tickets?query=${encodeURIComponent(`"${query}"`)}`
  const answer = await world.ask(target)
  if (answer.from !== "state") return false
  const moved = movedSince(world, "ticket", asOf(world, answer))
  const resultsOf = ({ body }: Asked) =>
    new Map(
      (body as { results: ReadonlyArray<Fields> }).results.flatMap((one) => {
        const id = String(one["id"])
        return moved.has(id) ? [] : [[id, one] as const]
      })
    )
  expect(resultsOf(answer), `${about}: ${query}`).toEqual(resultsOf(world.direct(target)))
  return true
}

/** Parts that `include` embeds. */
export const checkEmbeds = async (world: World, since: number, about: string): Promise<boolean> => {
  const stamp = new Date(since).toISOString().replace(".000Z", "Z")
  const target = `/api/v2/tickets?updated_since=${stamp}&include=requester,company&per_page=100`
  const answer = await world.ask(target, { agent: "embedder/1" })
  if (answer.from !== "state") return false
  for (const [entity, name, idField] of [
    ["contact", "requester", "requester_id"],
    ["company", "company", "company_id"]
  ] as const) {
    const moved = movedSince(world, entity, asOf(world, answer))
    for (const ticket of answer.body as ReadonlyArray<Fields>) {
      const id = String(ticket[idField])
      if (moved.has(id) || ticket[idField] === null) continue
      const now = world.product.world.read(entity, Number(id))
      const part = ticket[name] as Fields
      expect(Object.keys(part).length, about).toBeGreaterThan(1)
      for (const [key, value] of Object.entries(part))
        expect(value, `${about}: ${entity} ${id} ${key}`).toEqual(now?.[key])
    }
  }
  return true
}

/** Stats of tickets, which replies move as well. */
export const checkStats = async (world: World, since: number, about: string): Promise<boolean> => {
  const stamp = new Date(since).toISOString().replace(".000Z", "Z")
  const target = `/api/v2/tickets?updated_since=${stamp}&include=stats&per_page=100`
  const answer = await world.ask(target, { agent: "reporter/1" })
  if (answer.from !== "state") return false
  const moved = movedSince(world, "ticket", asOf(world, answer))
  for (const reply of movedSince(world, "conversation", asOf(world, answer)))
    moved.add(String(world.product.world.read("conversation", Number(reply))?.["ticket_id"]))
  for (const ticket of answer.body as ReadonlyArray<Fields>) {
    const id = String(ticket["id"])
    if (moved.has(id)) continue
    // One that came late is no more in the provider's own list.
    const now = world.direct(`/api/v2/tickets/${id}?include=stats`).body as Fields
    expect(ticket["stats"], `${about}: stats of ${id}`).toEqual(now["stats"])
  }
  return true
}
