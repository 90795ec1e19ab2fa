/** Texts that a push has cut, beside the whole ones. */
import { describe, expect, it } from "vitest"
import { fieldsThatDiffer, isCutText, withAdded, withoutKnownCuts, withShown } from "../../src/domain/Shown.js"

const before = { byThis: false, byOthers: true }
const whole = { id: 1, description: "a long text" }
const cut = { id: 1, description: "a long", is_description_truncated: true, status: 2 }

describe("a push that has cut a text", () => {
  it("leaves the text that is known whole, which may have changed behind the cut", () => {
    const { description: _, ...shown } = cut
    expect(withoutKnownCuts(whole, cut)).toEqual(shown)
    expect(withoutKnownCuts(whole, { ...cut, description: "a long..." }, ["status"])).toEqual(shown)
    const after = withShown(whole, withoutKnownCuts(whole, cut), before)
    expect(after).toEqual({ ...whole, is_description_truncated: true, status: 2 })
    expect(withoutKnownCuts(after, cut)).toEqual(shown)
    expect(fieldsThatDiffer(after, { ...whole, description: "a long end" }, before)).toEqual(["description"])
  })
  it.each([
    ["it begins otherwise", whole, { ...cut, description: "another" }, []],
    ["it says that the text has changed", whole, cut, ["description"]],
    ["none is known", { id: 1 }, cut, []]
  ])("shows its own where %s", (_, known, shown, changed) => {
    expect(withoutKnownCuts(known, shown, changed)).toEqual(shown)
  })
  it("says nothing of a change where it is the beginning of the other text", () => {
    expect(fieldsThatDiffer(cut, whole, before)).toEqual([])
    expect(fieldsThatDiffer(whole, { id: 1, description: "a long", is_description_truncated: true }, before)).toEqual(
      []
    )
    expect(fieldsThatDiffer(cut, { ...whole, description: "another" }, before)).toEqual(["description"])
  })
  it("is followed by a look that shows the text whole", () => {
    for (const after of [withShown(cut, whole, before), withAdded(cut, whole)]) {
      expect(after).toEqual({ ...whole, is_description_truncated: false, status: 2 })
      expect(isCutText(after, "description")).toBe(false)
    }
    expect(isCutText(withShown(cut, { id: 1, status: 3 }, before), "description")).toBe(true)
  })
})
