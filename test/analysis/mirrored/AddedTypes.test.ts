/** Which types a mirror's receiver reconciles besides, over ways whose calls are given. */
import { describe, expect, it } from "vitest"
import { type AddedIntervals, addedTypes } from "../../../src/analysis/mirrored/AddedTypes.js"

/** Calls of a way by the types that are added, in the order of their names; those of none are "". */
const chosen = (
  calls: Readonly<Record<string, number>>,
  {
    broken = () => [],
    intervals = {}
  }: {
    readonly broken?: (added: AddedIntervals) => ReadonlyArray<string>
    readonly intervals?: Readonly<Record<string, number | null>>
  } = {}
) => [
  ...addedTypes({
    candidates: ["company", "contact"],
    intervalOf: (entity) => (entity in intervals ? intervals[entity]! : 600),
    broken,
    callsWith: (added) => calls[[...added.keys()].join(" ")]!
  })
]

describe("the types that only the mirror needs", () => {
  it("are those that make the whole way shorter, each at its interval", () => {
    const calls = { "": 1_000, company: 1_100, contact: 700, "company contact": 800 }
    expect(chosen(calls, { intervals: { contact: 720 } })).toEqual([["contact", 720]])
  })
  it("are two where only both together save: a list that embeds both", () => {
    const calls = { "": 1_000, company: 1_050, contact: 1_050, "company contact": 600 }
    expect(chosen(calls)).toEqual([
      ["company", 600],
      ["contact", 600]
    ])
  })
  it("are none where calls would rise, or not fall", () => {
    expect(chosen({ "": 1_000, company: 1_001, contact: 1_200, "company contact": 1_300 })).toEqual([])
    expect(chosen({ "": 1_000, company: 1_000, contact: 1_000, "company contact": 1_000 })).toEqual([])
  })
  it("are not those of which no interval keeps the goals", () => {
    const calls = { "": 1_000, company: 990, contact: 100, "company contact": 50 }
    expect(chosen(calls, { intervals: { contact: null } })).toEqual([["company", 600]])
  })
  it("are not those of which a goal is broken together, and are judged again without them", () => {
    const calls = { "": 1_000, company: 900, contact: 100, "company contact": 50 }
    expect(chosen(calls, { broken: (added) => (added.has("contact") ? ["contact"] : []) })).toEqual([["company", 600]])
    expect(chosen(calls, { broken: (added) => [...added.keys()].slice(0, 1) })).toEqual([])
  })
})
