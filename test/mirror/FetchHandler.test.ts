/** The mirror for servers that answer a `Request` with a `Response`: paths, framing, signals, bodies read before. */
import { expect, it } from "vitest"
import { fetchHandler } from "../../src/mirror.js"
import { echo, mirrorOf } from "../support/mounted.js"

const json = { "content-type": "application/json" }
const sent = '{ "subject": "as it was sent" }'

const request = (path: string, init: RequestInit = {}) => new Request(`http://app.example${path}`, init)

it("serves its path and no other, and names client and host", async () => {
  const { mirror } = await mirrorOf(echo)
  const answer = fetchHandler(mirror, { path: "/desk", remoteAddress: "203.0.113.7" })
  const { headers } = (await (await answer(request("/desk/api/v2/tickets"))).json()) as { headers: object }
  expect(headers).toMatchObject({ "x-forwarded-for": "203.0.113.7", "x-forwarded-host": "app.example" })
  for (const path of ["/", "/desktop/api/v2/tickets", "/api/v2/tickets"])
    expect((await answer(request(path))).status).toBe(404)
  expect((await answer(request("/desk"))).status).toBe(200)
})

it("frames a body by its length or in chunks, and lets no other length through", async () => {
  const { mirror } = await mirrorOf(echo)
  const answer = fetchHandler(mirror)
  const streamed = (text: string, headers: Record<string, string> = {}) =>
    request("/api/v2/tickets", {
      method: "POST",
      body: new Blob([text]).stream(),
      headers: { ...json, ...headers },
      duplex: "half"
    } as RequestInit)
  const chunked = await (await answer(streamed(sent))).json()
  expect(chunked).toMatchObject({ body: sent, headers: { "transfer-encoding": "chunked" } })
  const length = String(sent.length)
  const sized = await (await answer(streamed(sent, { "content-length": length }))).json()
  expect(sized).toMatchObject({ body: sent, headers: { "content-length": length } })
  const longer = `${sent}GET /api/v2/agents/me HTTP/1.1\r\nHost: x\r\n\r\n`
  for (const wrong of [longer, sent.slice(1)])
    expect((await answer(streamed(wrong, { "content-length": length }))).status).toBe(400)
  const both = await answer(streamed(sent, { "content-length": length, "transfer-encoding": "chunked" }))
  expect(both.status).toBe(400)
  const broken = new ReadableStream({ start: (stream) => stream.error(new Error("gone")) })
  const failed = request("/api/v2/tickets", { method: "POST", body: broken, duplex: "half" } as RequestInit)
  expect((await answer(failed)).status).toBe(400)
})

it("rejects with the signal's reason, and answers 502 where the provider broke off", async () => {
  const { mirror } = await mirrorOf((asked, response) => {
    if (asked.url === "/api/v2/contacts") response.destroy()
    if (asked.url !== "/api/v2/companies") return
    response.writeHead(200, { ...json, "content-length": 9 }).write("[")
    setTimeout(() => response.destroy(), 50)
  })
  const answer = fetchHandler(mirror)
  const gone = new AbortController()
  const asked = answer(request("/api/v2/tickets", { signal: gone.signal }))
  const reason = new Error("too slow")
  gone.abort(reason)
  await expect(asked).rejects.toBe(reason)
  await expect(answer(request("/api/v2/tickets", { signal: gone.signal }))).rejects.toBe(reason)
  expect((await answer(request("/api/v2/contacts"))).status).toBe(502)
  expect((await answer(request("/api/v2/companies"))).status).toBe(502)
})

it("refuses a body that was read before, and sends it again as rawBody", async () => {
  const { mirror } = await mirrorOf(echo)
  const answer = fetchHandler(mirror)
  const posted = () => request("/api/v2/tickets", { method: "POST", body: sent, headers: json })
  const read = posted()
  await read.text()
  const locked = posted()
  locked.body!.getReader()
  for (const used of [read, locked]) {
    const refused = await answer(used)
    expect([refused.status, await refused.text()]).toEqual([
      500,
      expect.stringContaining("the body was read before it could be passed on")
    ])
  }
  expect(await (await answer(Object.assign(read, { rawBody: sent }))).json()).toMatchObject({ body: sent })
})
