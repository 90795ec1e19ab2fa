/** Freshservice's workspaces: a list of tickets that names none shows the primary one alone. */
import { FetchHttpClient } from "@effect/platform"
import { expect, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { makeReader } from "../../src/providers/clients.js"
import { freshservice } from "../../src/providers/index.js"
import { simulatedProvider } from "../support/provider.js"

it("are all read by a sweep, with the hidden lists", async () => {
  const simulator = await simulatedProvider({ products: ["freshservice"] })
  const { change } = simulator.world
  const made = (fields: object) => String(change("ticket", "create", null, { subject: "s", ...fields })!["id"])
  const [primary, other, spam] = [
    made({ workspace_id: 1 }),
    made({ workspace_id: 2 }),
    made({ workspace_id: 2, spam: true })
  ]
  const since = Date.now() - 60_000
  const swept = await Effect.runPromise(
    Effect.gen(function* () {
      const reader = yield* makeReader(freshservice, {
        baseUrl: simulator.url,
        authentication: { scheme: "basic", secret: Redacted.make("k") }
      })
      const ids = (hidden?: "spam") =>
        Effect.map(Stream.runCollect(reader.changed("ticket", since, hidden)), (items) =>
          [...items].map(({ id }) => String(id))
        )
      return { plain: yield* ids(), spam: yield* ids("spam") }
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
  expect(swept.plain).toEqual(expect.arrayContaining([primary, other]))
  expect(swept.spam).toEqual([spam])
  const listed = async (query: string) => {
    const headers = { authorization: `Basic ${Buffer.from("k:X").toString("base64")}` }
    const answer = await fetch(`${simulator.url}/api/v2/tickets?per_page=100&order_by=created_at&${query}`, { headers })
    const { tickets } = (await answer.json()) as { tickets: ReadonlyArray<{ id: number }> }
    return tickets.map(({ id }) => String(id))
  }
  expect(await listed("")).not.toContain(other)
  expect(await listed("workspace_id=2")).toEqual([other])
})
