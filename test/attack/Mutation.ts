/** An attacker's mutations: values, keys, types and bytes in place of those that belong there. */
import type { Dice } from "./Dice.js"
import { replaced, sizeOf, type Tree } from "./Tree.js"

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`

/** Numbers at the edges of moments, doubles, 32 and 53 bits, and of none. */
const numbers = [
  ..."0 -0 -1 1 1.5 -1e-7 9e15 -9e15 1e300 -1e300 1e999 -1e999 5e-324 4294967296 2147483648 281474976710656".split(" "),
  ..."9007199254740991 9007199254740993 12345678901234567890123 253402300800000 8640000000000001".split(" "),
  ..."-62167219200001 1772445600.5 1772445600000 16777217 0.1e1 100 999 1000".split(" "),
  "9".repeat(400)
]

/** Words that mean something to JavaScript, SQL, terminals, shells, dates or this project. */
const words = [
  ...["", " ", "constructor", "__proto__", "toString", "valueOf", "hasOwnProperty", "prototype", "then", "toJSON"],
  ...["ticket", "contact", "conversation", "message", "ticket_update", "ticket_delete", "onTicketUpdate", "create"],
  ...["2026-03-02T10:00:00Z", "2026-03-02T10:00:00", "2026-03-02", "2026-13-45T99:99:99Z", "10:00"],
  ...["9999-12-31T23:59:59-14:00", "0000-01-01T00:00:00+14:00", "-000001-01-01T00:00:00Z", "+275760-09-13T00:00:00Z"],
  ...["#42", "4 2", "１２", "null", "-", "*", "off", "1h", "1e300 days"],
  ...["Infinity", "-5 seconds", "99999999999999999999 days", "0ms", "1 nanos", "https://[::1", "http://x y/", "a:b"],
  ...[
    "'; DROP TABLE delivery;--",
    "%00",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\u202etxt.exe",
    "\u001b[2J"
  ],
  ...["a\nb", "a\r\nX: y", "a\u0000b", "\ud800", "x\udfff", "\ufeff", "\u2028", "𝒳", "é".repeat(150), "x".repeat(129)],
  ...["x".repeat(501), "y".repeat(70_000), "{tickets}", "/{a}/{b}/{c}", "/%2e%2e/", "?a=1&a=2&__proto__=3", "*.*.*"]
].map((word) => JSON.stringify(word))

const structures = [
  ...'null true false {} [] [[]] [null] [{}] {"":0}'.split(" "),
  '{"toString":1}',
  '{"toJSON":"x","valueOf":null}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"__proto__":{"polluted":true}}',
  '{"__proto__":null,"length":-1}',
  '{"a":1,"a":{"a":2}}',
  '{"then":{}}',
  '["\\u0000"]',
  '"\\ud83d"',
  ...[50, 99, 101, 3_000].map(nested)
]

const keys = [
  ...["__proto__", "constructor", "toString", "toJSON", "then", "length", "hasOwnProperty", "valueOf"],
  ...["", "id", "event", "snapshot", "updated_at", "custom_fields", "a.b", "a[b]", " id", "\u0000", "\ud800", "\u202e"],
  "k".repeat(3_000)
].map((key) => JSON.stringify(key))

const literal = (dice: Dice): Tree => ({
  text: dice.pick(dice.chance(0.35) ? numbers : dice.chance(0.6) ? words : structures)
})

const without = <A>(list: ReadonlyArray<A>, at: number): ReadonlyArray<A> => list.filter((_, index) => index !== at)
const inserted = <A>(list: ReadonlyArray<A>, at: number, one: A): ReadonlyArray<A> => list.toSpliced(at, 0, one)

const unquoted = (text: string): string => {
  const inner = text.slice(1, -1)
  return /^(?:-?[1-9]\d*|true|false|null)$/.test(inner) ? inner : "0"
}

/** A value of the same type beside it: what a schema lets through. */
const nearby = (text: string, dice: Dice): string => {
  if (/^-?\d+$/.test(text))
    return dice.pick([`${text}0`, `-${text}`, String(Number(text) + 1), String(2 ** dice.below(60))])
  if (!text.startsWith('"')) return text === "true" ? "false" : "true"
  const inner = JSON.parse(text) as string
  const at = dice.below(inner.length + 1)
  const mark = dice.pick([
    "",
    " ",
    "/",
    ".",
    "..",
    "%",
    "?",
    "#",
    "{x}",
    ":",
    "-",
    "0",
    "9",
    "é",
    "\u202e",
    "\u0000",
    "\ud800",
    "__proto__"
  ])
  return JSON.stringify(inner.slice(0, at) + mark + inner.slice(at + dice.below(2)))
}

const changedNode = (node: Tree, dice: Dice): Tree => {
  if ("text" in node) {
    const way = dice.below(10)
    // The right value in another type.
    if (way === 0) return { text: node.text.startsWith('"') ? unquoted(node.text) : JSON.stringify(node.text) }
    if (way > 6) return { text: nearby(node.text, dice) }
    if (way === 1) return { array: [node] }
    if (way === 2) return { object: [[dice.pick(keys), node]] }
    return literal(dice)
  }
  const count = "array" in node ? node.array.length : node.object.length
  const at = dice.below(count)
  const way = dice.below(6)
  if ("array" in node) {
    if (way === 0 && count > 0) return { array: without(node.array, at) }
    if (way === 1 && count > 0) return { array: inserted(node.array, at, node.array[at]!) }
    if (way === 2 && count > 0) return { array: Array.from({ length: 200 }, () => node.array[at]!) }
    return way === 3 ? literal(dice) : { array: inserted(node.array, at, literal(dice)) }
  }
  if (way === 0 && count > 0) return { object: without(node.object, at) }
  if (way === 1 && count > 0) return { object: [...node.object, [node.object[at]![0], literal(dice)]] }
  if (way === 2 && count > 0)
    return { object: node.object.map(([key, value], index) => [index === at ? dice.pick(keys) : key, value] as const) }
  if (way === 3) return { object: inserted(node.object, at, [dice.pick(keys), literal(dice)] as const) }
  return way === 4 ? literal(dice) : { array: [node, node] }
}

/** The tree with one to four of its nodes, mostly leaves, made hostile. */
export const mutated = (tree: Tree, dice: Dice): Tree => {
  let made = tree
  for (let left = 1 + dice.below(dice.chance(0.3) ? 4 : 1); left > 0; left--)
    made = replaced(made, dice.below(sizeOf(made)), (node) => changedNode(node, dice))
  return made
}

const pieces = [
  "\0",
  "\xff",
  "\xef\xbb\xbf",
  "\xed\xa0\x80",
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\\u00",
  " ",
  "\x1b",
  "e9"
]

/** Some bytes changed, left out, doubled or put in. `keep`: bytes that neither appear nor go. */
export const damagedBytes = (bytes: Buffer, dice: Dice, keep: ReadonlyArray<number> = []): Buffer => {
  let made = bytes
  for (let left = 1 + dice.below(4); left > 0; left--) {
    const at = dice.below(made.length + 1)
    const length = dice.below(dice.chance(0.9) ? 8 : made.length)
    const part = made.subarray(at, at + length)
    const way = dice.below(5)
    const put =
      way === 0
        ? Buffer.alloc(0)
        : way === 1
          ? Buffer.concat([part, part])
          : way === 2
            ? Buffer.concat([part, Buffer.from(dice.pick(pieces), "latin1")])
            : way === 3
              ? Buffer.from(part.map((byte) => byte ^ (1 << dice.below(8))))
              : Buffer.concat([part, Buffer.from(dice.pick([...numbers, ...words]))])
    if ([part, put].some((one) => keep.some((byte) => one.includes(byte)))) continue
    made = Buffer.concat([made.subarray(0, at), put, made.subarray(at + length)])
  }
  return made
}
