/** The part of a description that the mirror answers by: what is wrong in it is said by its place. */
import { expect, it } from "vitest"
import { readDescription } from "../../src/providers/described/readDescription.js"
import { listsOf, describe as providerFrom } from "../../src/providers/index.js"
import { shopDescription } from "../support/shopApi.js"

/** The sentence on a description with one value changed, or removed where it is undefined. */
const wrong = (place: string, value: unknown): string => {
  const json = shopDescription("/v1")
  const names = place.split(".")
  const last = names.pop()!
  let holder = json as unknown as Record<string, unknown>
  for (const name of names) holder = holder[name] as Record<string, unknown>
  if (value === undefined) delete holder[last]
  else holder[last] = value
  const read = readDescription("s.json", json)
  return typeof read === "string" ? read.slice("s.json: ".length) : "nothing"
}

const at = "entities.order.list.mirror"

it.each([
  ["order.list.mirror.timeFilter", undefined, `${at}.timeFilter is missing: the list has the time filter changed_from`],
  ["order.list.timeFilter", undefined, `${at}.timeFilter is of no use: the list has no timeFilter`],
  ["order.list.mirror.deleted", undefined, `${at}.deleted is missing`],
  ["order.list.mirror.order", undefined, `${at}.order is missing`],
  ["order.list.mirror.perPage", 51, `${at}.perPage is more than paging.maxPerPage, 50`],
  ["order.list.mirror.order.kind", "text", `${at}.order.kind is not valid: Expected "moment"`],
  ["order.list.mirror.colour", 1, `${at}.colour is not a known setting: see docs/providers.md`],
  ["order.list.mirror.ordering.by", "p", `${at}: the parameter p has two meanings`],
  ["order.list.parameters.size", "5", `${at}: the parameter size has two meanings`],
  [
    "order.list.mirror.ordering.fields.changed",
    undefined,
    `${at}.ordering.fields lacks "changed", which the list's parameters have`
  ],
  [
    "order.list.parameters.dir",
    "up",
    `${at}.ordering.direction can be asc or desc only, and the list's parameters have "up"`
  ],
  [
    "order.list.mirror.ordering.fields.sum",
    { field: "total", kind: "number" },
    `${at}.ordering.fields names a field twice`
  ],
  [
    "order.item",
    undefined,
    `${at}.deleted is "absent", and the item is missing: only the API itself says of one that a list lacks that it is gone`
  ],
  ["order.list.mirror.deleted", "never", `${at}.deleted is "never", and the webhook tells of deletions`],
  ["order.list.mirror.deleted", { parameters: { state: "all" } }, `${at}.deleted.parameters are those of the list`],
  [
    "order.list.mirror.deleted",
    { parameters: { p: "1" } },
    `${at}.deleted.parameters has p, which has another meaning`
  ],
  [
    "customer.list.mirror.deleted",
    { parameters: { gone: "1" } },
    `entities.customer.list.mirror.deleted can be "absent" or "never" only: the list has no timeFilter`
  ],
  ["order.item", "/orders/{key}", `${at}: the item's path must have one parameter: {id}, {number} or {uuid}`],
  ["order.list.path", "/u/{id}/orders", `${at}: the list's path has a parameter, and must have none`],
  ["note.list.path", "/orders", `${at}: the path /orders stands twice, also for note`],
  [
    "order.search",
    { path: "/search", mirror: {} },
    "entities.order.search.mirror is not a known setting: see docs/providers.md"
  ]
])("%s as %o", (place, value, sentence) => {
  expect(wrong(`entities.${place}`, value).slice(0, sentence.length)).toBe(sentence)
})

it("an id in the base is refused, since it would be taken for the entity's", () => {
  expect(wrong("base", "/accounts/{number}")).toBe(
    `${at}: base has an id, and must have words only (such as {account})`
  )
})

it("becomes the rules of the four products' lists", () => {
  const read = readDescription("s.json", shopDescription("/v1"))
  if (typeof read === "string") throw new Error(read)
  const provider = providerFrom(read)
  expect(listsOf(provider).map(({ entity, template }) => [entity, template])).toEqual([
    ["order", "/v1/orders"],
    ["customer", "/v1/customers"],
    ["coupon", "/v1/coupons"]
  ])
  expect(listsOf(provider)[0]).toMatchObject({
    fixed: { state: "all" },
    ties: "id",
    order: { by: ["number", "serial"], direction: "desc" },
    sinceExclusive: true,
    timeUnitMs: 1_000,
    pageParameter: "p"
  })
  expect([provider.sweeps["order"], provider.sweeps["coupon"], provider.sweeps["note"]]).toMatchObject([
    { by: "timeFilter", wholeEvery: 24, hidden: [] },
    { by: "timeFilter", wholeEvery: null, hidden: ["deleted"] },
    { by: "timeFilter", wholeEvery: null, hidden: [] }
  ])
})
