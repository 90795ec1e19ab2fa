import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ListDelta } from "../../src/capture/writer/ListDelta.js"

const item = fc.record({
  id: fc.integer({ min: 1, max: 9 }),
  text: fc.string({ unit: fc.constantFrom("a", '"', "\\", "{", "}", "[", "]", ",", "é") }),
  nested: fc.oneof(fc.constant(null), fc.array(fc.integer()), fc.record({ id: fc.integer(), list: fc.constant([{}]) }))
})
type Item = { id: number; text: string; nested: unknown }

/** A list as it comes poll after poll: items change in place, move, appear and go. */
const edits = fc.array(
  fc.record({ kind: fc.constantFrom("change", "toFront", "add", "remove", "none", "replace"), at: fc.nat(20), item }),
  { minLength: 1, maxLength: 12 }
)
const edit = (
  list: ReadonlyArray<Item>,
  { at, item, kind }: { kind: string; at: number; item: Item }
): ReadonlyArray<Item> => {
  const index = list.length === 0 ? 0 : at % list.length
  const others = list.filter((_, position) => position !== index)
  if (kind === "change") return list.map((old, position) => (position === index ? item : old))
  if (kind === "toFront") return list.length === 0 ? list : [list[index]!, ...others]
  if (kind === "add") return [...list.slice(0, index), item, ...list.slice(index)]
  if (kind === "remove") return others
  return kind === "replace" ? [item] : list
}

describe("the delta of a list", () => {
  it("gives what is new of each next body, and with what it had before that is the whole list", () => {
    let helped = 0
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 15 }),
        edits,
        fc.constantFrom("bare", "wrapped", "pretty"),
        (first, steps, shape) => {
          const write = (list: ReadonlyArray<Item>): Buffer =>
            Buffer.from(
              shape === "wrapped"
                ? JSON.stringify({ meta: { results: [1] }, "re\\sults": "[", results: list, total: 7 })
                : JSON.stringify(list, null, shape === "pretty" ? 2 : 0)
            )
          const delta = new ListDelta()
          const itemsAt = shape === "wrapped" ? "results" : undefined
          let list: ReadonlyArray<Item> = first
          let before: ReadonlyArray<string> = list.map((one) => JSON.stringify(one))
          delta.learn("list", write(list), itemsAt, list.length)
          for (const step of steps) {
            list = edit(list, step)
            const text = write(list)
            const part = delta.changed("list", text)
            const whole = list.map((one) => JSON.stringify(one))
            if (part === null) delta.learn("list", text, itemsAt, list.length)
            else {
              helped += 1
              expect(part.items.length + part.unchanged).toBe(list.length)
              const fresh = part.items.map((one) => JSON.stringify(one))
              // What it leaves out was in the body before, as often as it is left out.
              const left = [...whole]
              for (const one of fresh) left.splice(left.indexOf(one), left.includes(one) ? 1 : 0)
              expect(left.length).toBe(part.unchanged)
              for (const one of left) expect(before).toContain(one)
              part.remember()
            }
            before = whole
          }
        }
      ),
      { numRuns: 400, seed: 3 }
    )
    expect(helped).toBeGreaterThan(500)
  })

  it("leaves to a whole parse what is damaged, framed otherwise, or not known", () => {
    const delta = new ListDelta()
    expect(delta.changed("a", Buffer.from("[]"))).toBeNull()
    delta.learn("a", Buffer.from('[{"id":1},{"id":2}]'), undefined, 2)
    for (const text of [
      '[{"id":1},{"id":3]',
      '{"a":[{"id":1},{"id":2}]}',
      '[{"id":1},7,{"id":2}]',
      '[{"id":1},{"id":"2}]',
      ""
    ])
      expect(delta.changed("a", Buffer.from(text)), text).toBeNull()
    expect(delta.changed("a", Buffer.from('[{"id":1},{"id":5},{"id":2}]'))).toMatchObject({
      unchanged: 1,
      items: [{ id: 5 }, { id: 2 }]
    })
  })
})
