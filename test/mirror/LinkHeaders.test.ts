/** `Link` headers of a described provider's lists: learned from answers that can be read, and from no others. */
import zlib from "node:zlib"
import { expect, it } from "vitest"
import { jsonOf } from "../../src/mirror/Answer.js"
import { LinkHeaders } from "../../src/mirror/answers/LinkHeaders.js"
import { freshdesk } from "../../src/providers/index.js"

const base = "https://shop.example"
const asked = {
  endpoint: freshdesk.endpoints.find(({ template }) => template === "/api/v2/tickets")!,
  rule: { learnsLinks: true, pageParameter: "page" },
  page: 1,
  perPage: 2,
  path: "/orders",
  query: new URLSearchParams("page=1"),
  source: "shop"
}
const answer = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) => ({
  status: 200,
  headers,
  body: Buffer.from(body)
})
const learned = (...answers: ReadonlyArray<ReturnType<typeof answer>>) => {
  const headers = new LinkHeaders()
  for (const one of answers) headers.learn(asked, one, base)
  return headers.knows(asked, 1)
}
const list = answer('[{"id":1}]')

it.each([
  ["a page of a CDN", answer("<html>One moment</html>", { "content-type": "text/html" })],
  ["a coding that is not known", answer("\u0000\u0001", { "content-encoding": "dcb" })],
  ["a body that is cut", answer(zlib.gzipSync("[]").subarray(0, 12), { "content-encoding": "gzip" })]
])("learns nothing of %s", (_, unreadable) => {
  expect(learned(unreadable)).toBe(false)
  expect(learned(list, unreadable)).toBe(true)
  expect(learned(unreadable, list)).toBe(true)
})

it("knows nothing any more after JSON that is no list", () => {
  expect(learned(list, answer('{"error":"late"}'), list)).toBe(false)
})

it.runIf("zstdDecompressSync" in zlib)("reads a list that is coded by zstd", () => {
  const coded = answer(zlib.zstdCompressSync('[{"id":1}]'), { "content-encoding": "zstd" })
  expect(jsonOf(coded)).toEqual([{ id: 1 }])
  expect(learned(coded)).toBe(true)
  const long = answer(zlib.zstdCompressSync(Buffer.alloc(65 * 1024 * 1024, " ")), { "content-encoding": "zstd" })
  expect(jsonOf(long)).toBeUndefined()
})
