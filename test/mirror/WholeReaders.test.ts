/** Newest-first lists from the state: only for who reads them to the end. */
import { expect, it } from "vitest"
import { WholeReaders } from "../../src/mirror/answers/WholeReaders.js"
import { type Asked, mirrorWorld } from "./mirrorWorld.js"

const list = "/api/v2/tickets?per_page=10"

const started = async (options: Parameters<typeof mirrorWorld>[0] = {}) => {
  const world = mirrorWorld({ entities: 60, recheckMs: 24 * 3_600_000, ...options })
  world.time.advance(60_000)
  world.receiver.sweep()
  await world.load()
  world.time.advance(60_000)
  /** The pages of a walk, the last one or so many included. */
  const walk = async (pages = 100): Promise<ReadonlyArray<Asked>> => {
    // While there is no news at all, everybody is answered.
    world.time.advance(5_000)
    const [ticket] = world.product.world.readable("ticket")
    const status = 2 + (Number(ticket!["status"]) % 4)
    world.receiver.push("ticket", world.change("ticket", "update", Number(ticket!["id"]), { status })!, false, [
      "status"
    ])
    world.time.advance(5_000)
    const answers: Array<Asked> = []
    for (let page = 1; page <= pages; page++) {
      world.time.advance(1_000)
      const answer = await world.ask(`${list}&page=${page}`)
      expect(answer.body).toEqual(world.direct(`${list}&page=${page}`).body)
      answers.push(answer)
      if (answer.link === null) break
    }
    return answers
  }
  return { ...world, walk }
}

const reasonsOf = (answers: ReadonlyArray<Asked>) => [...new Set(answers.map(({ reason }) => reason))]

it("answers who has read to the last page three times in a row, and no longer once it stops before", async () => {
  const { walk } = await started()
  for (let time = 0; time < 3; time++) expect(reasonsOf(await walk())).not.toContain("")
  expect(reasonsOf(await walk())).toEqual([""])
  expect(reasonsOf(await walk(2))).toEqual([""])
  expect(reasonsOf(await walk(2))).toEqual(["newest-first", "walk"])
  for (let time = 0; time < 3; time++) expect(reasonsOf(await walk())).not.toContain("")
  expect(reasonsOf(await walk())).toEqual([""])
})

it("does not answer who stops at what is known", async () => {
  const { walk } = await started()
  await walk()
  for (let time = 0; time < 6; time++) expect(reasonsOf(await walk(2))).toEqual(["newest-first", "walk"])
})

it("takes a refused page for one that has others behind it, and no short list for a sign", () => {
  const readers = new WholeReaders()
  for (let time = 0; time < 3; time++) {
    readers.take("long", 1, true)
    readers.take("long", 2, true)
    readers.take("long", 3, false)
    readers.take("short", 1, true)
    readers.take("short", 2, false)
    readers.take("single", 1, false)
    // In any other order they may be those of several programs.
    readers.take("mixed", 1, true)
    readers.take("mixed", 3, true)
    readers.take("mixed", 2, true)
    readers.take("mixed", 4, false)
  }
  expect(["long", "short", "single", "mixed"].map((walk) => readers.reads(walk))).toEqual([true, false, false, false])
})

it("begins a walk from the state with the check of a credential", async () => {
  const { ask, calls, time, walk } = await started({ recheckMs: 10 * 60_000, wholePages: true })
  await walk()
  expect(reasonsOf(await walk())).toEqual([""])
  time.advance(11 * 60_000)
  const before = calls()
  const target = (page: number) => `${list}&page=${page}`
  const pages = [await ask(target(1)), await ask(target(2)), await ask(target(3))]
  expect(pages.map(({ reason }) => reason)).toEqual(["credential", "", ""])
  expect(calls() - before).toBe(1)
})
