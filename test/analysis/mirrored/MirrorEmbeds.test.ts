/** Lists that embed another type, walked as a mirror would be asked. */
import { describe, expect, it } from "vitest"
import { makeRecording } from "../../support/recording.js"
import { at, known, walked } from "./walked.js"

describe("lists that embed another type", () => {
  const embedding = (items: number) => {
    const recording = makeRecording()
    const stream = recording.stream({ template: "/api/v2/tickets", query: "include=requester&updated_since=*" })
    for (const second of [60, 120, 180]) recording.call(stream, second, { since: at(0), items })
    known(recording, stream, ["1"])
    return recording.done()
  }
  const push = { id: "1", entity: "contact", seconds: 150 }

  it("go through unless that type is reconciled as well", () => {
    const { lacked, reasons } = walked(embedding(10))
    expect(reasons.map(([, , reason]) => reason)).toEqual(["credential", "never-swept", "never-swept", "never-swept"])
    expect(lacked).toEqual(["contact"])
    expect(walked(embedding(10), [], { besides: ["contact"] })).toMatchObject({ lacked: [], hits: 3 })
  })
  it("have its parts read, where they show any", () => {
    expect(walked(embedding(10), [push], { besides: ["contact"] })).toMatchObject({ reads: 1, hits: 3 })
    expect(walked(embedding(0), [push], { besides: ["contact"] })).toMatchObject({ reads: 0, hits: 3 })
  })
})

describe("lists that embed parts of their items", () => {
  const polled = (query: string, sinceOf: (second: number) => number | null) => {
    const recording = makeRecording()
    const stream = recording.stream({ template: "/api/v2/tickets", query })
    for (const second of [60, 120, 180, 240]) recording.call(stream, second, { since: sinceOf(second), items: 10 })
    known(recording, stream, ["1"])
    return recording.done()
  }
  const stats = polled("include=stats&updated_since=*", (second) => at(second - 60))
  const change = { id: "1", seconds: 130, left: "same", movesState: true } as const

  it("have them read after each change, though a push carries all else", () => {
    expect(walked(stats).reads).toBe(0)
    expect(walked(stats, [change])).toMatchObject({ reads: 1, hits: 4 })
    expect(
      walked(
        polled("updated_since=*", (second) => at(second - 60)),
        [change]
      )
    ).toMatchObject({ reads: 0, hits: 4 })
  })
  it("have them read again behind a sweep, as far as the list reaches back", () => {
    const reachingBack = polled("include=stats&updated_since=*", () => at(0))
    expect(walked(reachingBack, [change]).reads).toBe(1)
    expect(walked(reachingBack, [change], { swept: [0, 210] }).reads).toBe(2)
  })
  it("go through without a time filter", () => {
    const { hits, reasons } = walked(polled("include=stats", () => null))
    expect([hits, new Set(reasons.map(([, , reason]) => reason))]).toEqual([0, new Set(["embed"])])
  })
})
