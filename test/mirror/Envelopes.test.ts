/** The bodies of lists around their items: learned where the rule explains them to the letter, and never guessed. */
import { expect, it } from "vitest"
import { Envelopes } from "../../src/mirror/answers/Envelopes.js"
import { freshchat, listsOf } from "../../src/providers/index.js"

const base = "https://acme.freshchat.com"
const endpoint = freshchat.endpoints[0]!
const rule = listsOf(freshchat)[0]!
const asked = (page: number, more = "") => ({
  endpoint,
  rule,
  page,
  perPage: 2,
  path: "/v2/users",
  query: new URLSearchParams(`items_per_page=2&page=${page}${more}`),
  source: "chat"
})
const link = (page: number) => ({ href: `${base}/v2/users?page=${page}&items_per_page=2`, rel: "link" })
const answer = (page: number, items = 5, links: object = {}, figures: object = {}) => ({
  users: [],
  pagination: { total_items: items, total_pages: Math.ceil(items / 2), current_page: page, ...figures },
  links: { first_page: link(1), ...(page * 2 < items ? { next_page: link(page + 1) } : {}), ...links }
})
const learned = (...pages: ReadonlyArray<unknown>): Envelopes => {
  const envelopes = new Envelopes()
  for (const [at, body] of pages.entries()) envelopes.learn(asked(at + 1), body, base)
  return envelopes
}

it("makes the pages of any list once all places have been seen", () => {
  const envelopes = learned(answer(1), answer(2))
  expect(envelopes.knows(asked(1), 5)).toBe(false)
  envelopes.learn(asked(3), answer(3), base)
  expect(envelopes.knows(asked(1), 9)).toBe(true)
  // A list of one page has other links than a first page.
  expect(envelopes.knows(asked(1), 2)).toBe(false)
  expect(envelopes.knows(asked(1, "&updated_from=x"), 9)).toBe(false)
  expect(JSON.parse(envelopes.around(asked(2), "[7]", 9, "http://mirror")!)).toEqual({
    users: [7],
    pagination: { total_items: 9, total_pages: 5, current_page: 2 },
    links: {
      first_page: { rel: "link", href: "http://mirror/v2/users?items_per_page=2&page=1" },
      next_page: { rel: "link", href: "http://mirror/v2/users?items_per_page=2&page=3" }
    }
  })
  expect(envelopes.around(asked(6), "[]", 9, base)).toBeNull()
})

it.each([
  ["a figure that does not follow", answer(1, 5, {}, { total_pages: 4 })],
  ["a figure of unknown meaning", answer(1, 5, {}, { shown: 2 })],
  ["a link that leads elsewhere", answer(1, 5, { next_page: link(3) })],
  ["a link to another host", answer(1, 5, { next_page: { href: "https://other.example/v2/users?page=2" } })],
  ["a link of unknown meaning", answer(1, 5, { self: link(1) })],
  ["a link without an address", answer(1, 5, { previous_page: {} })],
  ["a link with a parameter of its own", answer(1, 5, { next_page: { href: `${link(2).href}&x=1` } })],
  ["another member", { ...answer(1), meta: {} }],
  ["no figures", { users: [], links: {} }],
  ["other figures than before", answer(1, 5, {}, { items_per_page: 2 })]
])("knows nothing any more after %s", (_, body) => {
  const envelopes = learned(answer(1), answer(2), answer(3))
  expect(envelopes.knows(asked(1), 5)).toBe(true)
  envelopes.learn(asked(1), body, base)
  expect(envelopes.knows(asked(1), 5)).toBe(false)
  for (const page of [1, 2, 3]) envelopes.learn(asked(page), answer(page), base)
  expect(envelopes.knows(asked(1), 5)).toBe(false)
})

it("takes paths for links, and gives paths", () => {
  const envelopes = new Envelopes()
  const path = (page: number) => ({ href: `/v2/users?items_per_page=2&page=${page}` })
  envelopes.learn(asked(1), { ...answer(1, 2), links: { first_page: path(1) } }, base)
  expect(JSON.parse(envelopes.around(asked(1), "[]", 1, "http://mirror/chat")!)).toMatchObject({
    links: { first_page: { href: "/chat/v2/users?items_per_page=2&page=1" } }
  })
})
