/** Recorded requests walked as a mirror would be asked: each figure is derived in the comments. */
import { describe, expect, it } from "vitest"
import { makeRecording } from "../../support/recording.js"
import { at, every, hour, known, polls, walked } from "./walked.js"

describe("requests that reach the provider", () => {
  it("check each credential once in its time", () => {
    const recording = makeRecording()
    polls(recording, "a", every(60, hour))
    polls(recording, "b", every(600, hour))
    // Each call takes 0.2 s, and the credential counts for ten minutes behind its answer. a asks at 60, and again after
    // 660.2, at 720; after 1320.2, at 1380; then at 2040, 2700 and 3360. b asks each ten minutes, 0.2 s before the end:
    // at 600, 1800, 3000.
    expect(walked(recording.done(), [], { recheck: 600 }).reasons).toEqual([
      ["a", 60, "credential"],
      ["b", 600, "credential"],
      ["a", 720, "credential"],
      ["a", 1_380, "credential"],
      ["b", 1_800, "credential"],
      ["a", 2_040, "credential"],
      ["a", 2_700, "credential"],
      ["b", 3_000, "credential"],
      ["a", 3_360, "credential"]
    ])
  })
  it("are all of a key that is refused; one that an import lacks is each program's own", () => {
    const recording = makeRecording()
    polls(recording, "a", [60, 120, 180], { status: 401 })
    for (const integration of ["b", "c"]) {
      const imported = recording.stream({
        template: "/api/v2/tickets",
        query: "updated_since=*",
        integration,
        principal: null
      })
      for (const second of [200, 300]) recording.call(imported, second, { since: at(0) })
    }
    expect(walked(recording.done()).reasons.map(([who, when]) => [who, when])).toEqual([
      ["a", 60],
      ["a", 120],
      ["a", 180],
      ["b", 200],
      ["c", 200]
    ])
  })
  it("are one of a key whose calls were refused for their number", () => {
    const recording = makeRecording()
    polls(recording, "a", [60, 120, 180], { status: 429, items: 0 })
    expect(walked(recording.done()).reasons).toEqual([["a", 60, "credential"]])
  })
  it("take their later pages with them", () => {
    const recording = makeRecording()
    const stream = polls(recording, "a", [])
    for (const begun of [60, 120])
      for (const page of [1, 2, 3]) recording.call(stream, begun + page, { since: at(0), items: 100, page })
    expect(walked(recording.done()).reasons).toEqual([
      ["a", 61, "credential"],
      ["a", 62, "walk"],
      ["a", 63, "walk"]
    ])
  })
  it("take them also where the state lacks something for the first one", () => {
    const recording = makeRecording()
    const stream = polls(recording, "a", [])
    recording.call(stream, 10, { since: at(0), items: 0, page: 1 })
    for (const page of [1, 2]) recording.call(stream, 60 + page, { since: at(0), items: 100, page })
    expect(walked(recording.done()).reasons).toEqual([
      ["a", 10, "credential"],
      ["a", 61, "shape"],
      ["a", 62, "walk"]
    ])
  })
  it("are all of a type that is not reconciled, and of readers that stop at what they know", () => {
    const recording = makeRecording()
    const contacts = recording.stream({ template: "/api/v2/contacts", query: "_updated_since=*" })
    const newest = recording.stream({ template: "/api/v2/tickets", query: "per_page=10" })
    const search = recording.stream({ template: "/api/v2/search/tickets", query: "query=#0a1b2c3d@changes" })
    for (const stream of [contacts, newest, search])
      for (const second of [60, 120]) recording.call(stream, second + stream, { since: at(0), items: 1 })
    expect(walked(recording.done()).reasons.map(([, , reason]) => reason)).toEqual([
      "credential",
      "newest-first",
      expect.any(String),
      "never-swept",
      "newest-first",
      expect.any(String)
    ])
  })
  it("show first what an order is that is not documented, where the list fills a page", () => {
    const recording = makeRecording()
    const contacts = recording.stream({ template: "/api/v2/contacts", query: "per_page=20" })
    recording.call(contacts, 10, { items: 1 })
    // Twenty items show 19 neighbours, which might stand so by chance; with twenty more it is known.
    for (const second of [60, 120, 180, 240]) recording.call(contacts, second, { items: 20 })
    expect(walked(recording.done(), [], { entity: "contact" }).reasons).toEqual([
      ["sync", 10, "credential"],
      ["sync", 60, "order"],
      ["sync", 120, "order"]
    ])
  })
  it("show the keys of a list's items first", () => {
    const recording = makeRecording()
    const tickets = polls(recording, "a", [])
    // Empty lists show no keys.
    for (const [second, items] of [
      [60, 0],
      [120, 0],
      [180, 1],
      [240, 1]
    ] as const)
      recording.call(tickets, second, { since: at(0), items })
    expect(walked(recording.done()).reasons).toEqual([
      ["a", 60, "credential"],
      ["a", 180, "shape"]
    ])
  })
})

describe("the mirror's own reads", () => {
  it("are one for all pollers of a type, at the first of their polls behind the push", () => {
    const recording = makeRecording()
    const stream = polls(recording, "a", every(60, hour))
    polls(recording, "b", every(300, hour))
    known(recording, stream, ["1", "2"])
    // 1 is told in part at 132 and read at 180; 2 at 302, behind both polls at 300, and read at 360.
    const changes = [
      { id: "1", seconds: 130 },
      { id: "2", seconds: 300 }
    ]
    expect(walked(recording.done(), changes).reads).toBe(2)
    // Nothing is read of what a push carries whole.
    expect(walked(recording.done(), [{ id: "1", seconds: 130, left: "same", movesState: true }]).reads).toBe(0)
  })
  it("are a list of those whose stamp the state has, and one call for each other", () => {
    const recording = makeRecording()
    const stream = polls(recording, "a", every(600, hour))
    known(recording, stream, ["1", "2", "3"])
    const replies = [
      { id: "1", seconds: 700 },
      { id: "2", seconds: 710 },
      { id: "3", seconds: 720 }
    ]
    // The state has none of their stamps: three calls at 1200.
    expect(walked(recording.done(), replies).reads).toBe(3)
    // It has two of them from updates that told all: one list, and one call for the third.
    const updates = ["1", "2"].map((id) => ({ id, seconds: 100, left: "same", movesState: true }) as const)
    expect(walked(recording.done(), [...updates, ...replies]).reads).toBe(2)
  })
  it("are none for more than five that no list shows: the request goes through, and shows them", () => {
    const recording = makeRecording()
    const stream = polls(recording, "a", [60, 120, 180])
    const ids = ["1", "2", "3", "4", "5", "6"]
    known(recording, stream, ids)
    const { reads, reasons } = walked(
      recording.done(),
      ids.map((id) => ({ id, seconds: 70 }))
    )
    expect(reads).toBe(0)
    expect(reasons).toEqual([
      ["a", 0, "credential"],
      ["a", 120, "incomplete"]
    ])
  })
  it("are none for what a sweep has compared meanwhile", () => {
    const recording = makeRecording()
    const stream = polls(recording, "a", [60, 600])
    known(recording, stream, ["1"])
    const changes = [{ id: "1", seconds: 100 }]
    // The push came at 102; lists show it surely after 30 s, to a sweep from 132 on.
    expect(walked(recording.done(), changes, { swept: [0, 131] }).reads).toBe(1)
    expect(walked(recording.done(), changes, { swept: [0, 133] }).reads).toBe(0)
  })
})

describe("what is asked for beneath a ticket, or by itself", () => {
  const conversations = (seconds: ReadonlyArray<number>, template = "/api/v2/tickets/{id}/conversations") => {
    const recording = makeRecording()
    const stream = polls(recording, "a", [10])
    known(recording, stream, ["7"])
    for (const integration of ["a", "b"]) {
      const beneath = recording.stream({ template, integration, principal: "key of a" })
      for (const second of seconds) recording.call(beneath, second + (integration === "b" ? 5 : 0), { subject: "7" })
    }
    return recording.done()
  }

  it("is repeated to all as long as pushes tell what becomes of it, and not beyond the bound", () => {
    expect(walked(conversations([100, 200, 300])).reasons).toEqual([
      ["a", 0, "credential"],
      ["a", 100, "unknown"]
    ])
    // A change at 250 that no push tells ends it.
    const unpushed = { id: "7", seconds: 250, at: at(250), left: "unpushed", keepsDependants: false } as const
    expect(walked(conversations([100, 200, 300]), [unpushed]).reasons.slice(1)).toEqual([
      ["a", 100, "unknown"],
      ["a", 300, "unknown"]
    ])
    // Sweeps come every four hours: 1.1 · 14,400 + 90 s behind the moment that it shows, which is 30 s before it was
    // asked for: from 100 until 70 + 15,930 = 16,000.
    expect(walked(conversations([100, 15_900, 15_996])).reasons.slice(1)).toEqual([
      ["a", 100, "unknown"],
      ["b", 16_001, "stale"]
    ])
  })
  it("goes through where the recording lacks which one it is", () => {
    const recording = makeRecording()
    const single = recording.stream({ template: "/api/v2/tickets/{id}" })
    for (const second of [10, 20, 30]) recording.call(single, second)
    expect(walked(recording.done()).reasons.map(([, , reason]) => reason)).toEqual(["unknown", "unknown", "unknown"])
  })
  it("goes through once for each change of a ticket that is asked for by its id", () => {
    const recording = conversations([100, 200, 300], "/api/v2/tickets/{id}")
    const change = { id: "7", seconds: 250, left: "same", movesState: true } as const
    expect(walked(recording, [change]).reasons.slice(1)).toEqual([
      ["a", 100, "shape"],
      ["a", 300, "shape"]
    ])
  })
})
