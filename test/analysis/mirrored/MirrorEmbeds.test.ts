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
