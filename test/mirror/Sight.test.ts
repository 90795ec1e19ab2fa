/** One caller's evidence: what is enough, what lasts, and what is absent from an answer. */
import { describe, expect, it } from "vitest"
import type { ListQuestion } from "../../src/mirror/Question.js"
import { absentFrom } from "../../src/mirror/sight/Absent.js"
import { compartmentOf, showingOf } from "../../src/mirror/sight/Compartments.js"
import { type Showing, Sight } from "../../src/mirror/sight/Sight.js"
import { freshdesk } from "../../src/providers/index.js"

const minute = 60_000
const hour = 60 * minute
const start = 1_000 * hour
const dividing = ["group_id", "responder_id"]

const showing = (ids: ReadonlyArray<number>): Showing => ({
  entity: "ticket",
  ids: ids.map(String),
  compartments: ids.map((id) => `c${id % 5}`),
  keys: ids.map((id) => `list c${id % 5}`),
  values: ids.flatMap((id) => dividing.map((field) => [field, String(id % 2)] as const))
})
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

/** So many answers of these, five minutes apart. */
const gathered = (answers: number, of: (at: number) => Showing, visible = 1_000) => {
  const sight = new Sight(4 * hour)
  for (let at = 0; at < answers; at++) sight.take(of(at), dividing, () => visible, start + at * 5 * minute)
  return { sight, now: start + (answers - 1) * 5 * minute }
}

describe("evidence", () => {
  it.each([
    ["enough", 13, () => showing(range(0, 20)), 1_000, true],
    ["too short", 12, () => showing(range(0, 20)), 1_000, false],
    ["of too few entities", 30, () => showing(range(0, 19)), 1_000, false],
    ["of all that there are", 13, () => showing(range(0, 5)), 5, true],
    ["empty", 30, () => showing([]), 0, false],
    ["of one group or owner", 30, () => showing(range(0, 40).map((id) => id * 2)), 1_000, false]
  ] as const)("that is %s", (_, answers, of, visible, shown) => {
    const { now, sight } = gathered(answers, of, visible)
    expect(sight.isShown("ticket", now)).toBe(shown)
  })
  it("is of its type, expires unless it is renewed, and an empty equal answer renews it", () => {
    const { now, sight } = gathered(13, () => showing(range(0, 20)))
    expect(sight.isShown("contact", now)).toBe(false)
    sight.take(showing([]), dividing, () => 1_000, now + 3 * hour)
    expect(sight.isShown("ticket", now + 7 * hour)).toBe(true)
    expect(sight.isShown("ticket", now + 7 * hour + 1)).toBe(false)
    expect(sight.standing(now + 8 * hour)).toEqual([])
  })
  it("of a compartment counts for an hour, and until an answer lacks it", () => {
    const { now, sight } = gathered(13, () => showing(range(0, 20)))
    expect(sight.hasSeen(showing([1, 2]), now + hour)).toBe(true)
    expect(sight.hasSeen(showing([1, 2]), now + hour + 1)).toBe(false)
    expect([sight.reaches("ticket", ["c1", "c2"], now), sight.reaches("ticket", ["c1", "c9"], now)]).toEqual([
      true,
      false
    ])
    const until = now + 3 * hour
    sight.take({ ...showing([7]), compartments: ["c7"], keys: [] }, dividing, () => 1_000, until)
    expect([4 * hour, 4 * hour + 1].map((later) => sight.reaches("ticket", ["c1"], now + later))).toEqual([true, false])
    sight.forget(showing([1]))
    expect([sight.hasSeen(showing([1]), now), sight.hasSeen(showing([2]), now)]).toEqual([false, true])
    expect(sight.reaches("ticket", ["c1"], now)).toBe(false)
  })
  it("is due to be renewed each five minutes, by an answer with entities where one has entities", () => {
    const { now, sight } = gathered(13, () => showing(range(0, 20)))
    expect([4, 5].map((minutes) => sight.isDue(showing([1]), now + minutes * minute))).toEqual([false, true])
    sight.take(showing([]), dividing, () => 1_000, now + 4 * minute)
    expect([showing([]), showing([1])].map((of) => sight.isDue(of, now + 6 * minute))).toEqual([false, true])
  })
  it("ends with a doubt until it is explained, and with a contradiction for a day", () => {
    const { now, sight } = gathered(13, () => showing(range(0, 20)))
    const doubt = { entity: "ticket", id: "1", stamp: 0, at: now, mayLeave: false }
    sight.doubt([doubt])
    expect(sight.isShown("ticket", now)).toBe(false)
    expect([sight.isContradicted(() => "not yet"), sight.doubted]).toEqual([false, true])
    expect([sight.isContradicted(() => "yes"), sight.isShown("ticket", now)]).toEqual([false, true])
    sight.doubt([doubt])
    expect(sight.isContradicted(() => "no")).toBe(true)
    sight.close(now)
    expect(sight.doubted).toBe(false)
    for (const [later, closed] of [
      [24 * hour - 1, true],
      [24 * hour, false]
    ] as const)
      expect([sight.isClosed(now + later), sight.isShown("ticket", now + later)]).toEqual([closed, false])
  })
})

describe("doubts", () => {
  it("are kept each, up to twenty at once", () => {
    const { now, sight } = gathered(13, () => showing(range(0, 20)))
    const doubts = (ids: ReadonlyArray<number>) =>
      ids.map((id) => ({ entity: "ticket", id: String(id), stamp: 0, at: now, mayLeave: false }))
    expect([sight.doubt(doubts(range(0, 15))), sight.doubt(doubts(range(15, 20)))]).toEqual([true, true])
    expect(sight.doubt(doubts([20]))).toBe(false)
    expect(sight.isContradicted(({ id }) => (id === "19" ? "no" : "yes"))).toBe(true)
  })
})

describe("a caller that stays shown", () => {
  it("keeps the moments of its answers for the window alone", () => {
    const { now, sight } = gathered(12 * 48, () => showing(range(0, 20)))
    expect(sight.isShown("ticket", now)).toBe(true)
    const { types } = sight as unknown as { readonly types: ReadonlyMap<string, { answers: ReadonlyArray<number> }> }
    expect(types.get("ticket")!.answers).toHaveLength(49)
  })
})

describe("a compartment", () => {
  const { contact, ticket } = freshdesk.entities
  it("is of a ticket's group and owner together; of an entity by itself where that is not known", () => {
    const item = { id: 1, group_id: 51, responder_id: null }
    expect(compartmentOf(ticket!, "1", item)).toBe(compartmentOf(ticket!, "2", { ...item, id: 2 }))
    expect(compartmentOf(ticket!, "1", item)).not.toBe(compartmentOf(ticket!, "1", { ...item, responder_id: 101 }))
    expect([compartmentOf(ticket!, "7", { id: 7, group_id: 51 }), compartmentOf(contact!, "8", { id: 8 })]).toEqual([
      "7",
      "8"
    ])
  })
  it("counts by the kind of answer, and with its parts", () => {
    const question = {
      kind: "list",
      entity: "ticket",
      embeds: [{ name: "requester", idField: "requester_id", entity: "contact" }]
    }
    const shows = showingOf(question as never, ticket!, [{ id: 1, group_id: 51, responder_id: null, requester_id: 9 }])
    expect(shows.keys).toEqual(["list [51,null]", "list requester 9"])
  })
})

describe("what an answer lacks", () => {
  const question = { kind: "list" } as ListQuestion
  const of = (
    ids: ReadonlyArray<string>,
    theirs: ReadonlyArray<string>,
    more: boolean,
    stamp = 0,
    late: ReadonlyArray<string> = []
  ) => absentFrom(question, { asOf: 10, late: new Set(late), more }, ids, theirs, () => stamp)
  it("is what the state shows, but for what it adds for a poller's sake", () => {
    expect(of(["1", "2", "3"], ["1", "3"], false)).toEqual(["2"])
    expect(of(["1", "2", "3"], ["1", "3"], false, 0, ["2"])).toEqual([])
  })
  it("is not what newer ones have pushed off the page", () => {
    expect(of(["1", "2", "3"], ["4", "1", "2"], true, 11)).toEqual([])
    expect(of(["1", "2", "3"], ["4", "1", "2"], true, 9)).toEqual(["3"])
    expect(of(["1", "2", "3"], ["4", "2", "3"], true, 11)).toEqual(["1"])
    expect(of(["1", "2", "3"], ["4", "1", "2"], false, 11)).toEqual(["3"])
  })
})
