/** Where the mirror is mounted, as each server tells it: nested paths, several sources, whole URLs, HTTP/2. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import http2 from "node:http2"
import Fastify from "fastify"
import { describe, expect, it, onTestFinished } from "vitest"
import { expressHandler, fastifyPlugin } from "../../src/mirror.js"
import { rawExchange } from "../support/deliveries.js"
import { listening, listeningAt } from "../support/listening.js"
import { get, mirrorOf, mountedIn, mounts, openedMirror, settingsBefore, valuesOf } from "../support/mounted.js"

/** An upstream that says which target it was asked for, and links to its next page. */
const targets = (asked: Array<string>) => (request: IncomingMessage, response: ServerResponse) => {
  asked.push(request.url ?? "")
  response.writeHead(200, { link: `<http://${request.headers.host}${request.url}&page=2>; rel="next"` }).end()
}

describe.each(mounts)("behind %s", (server) => {
  it("the path below the mount goes to the provider as it was spelled", async () => {
    const asked: Array<string> = []
    const { mirror } = await mirrorOf(targets(asked))
    const url = (await mountedIn(mirror))[server]
    for (const path of ["/api/v2/x?a=1", "?a=1", "", "/", "/a%2Fb//c/?q=%20"]) {
      const answer = await get(`${url}${path}`)
      const below = path.startsWith("/") ? path : `/${path}`
      expect([path, asked.at(-1), valuesOf(answer, "link")]).toEqual([
        path,
        below,
        [`<${url}${below}&page=2>; rel="next"`]
      ])
    }
  })

  it("several sources are each below their name", async () => {
    const asked: Array<string> = []
    const provider = await listeningAt(createServer(targets(asked)))
    const { config, ...options } = settingsBefore(provider)
    const { fd } = (config as { sources: { fd: object } }).sources
    const other = { ...fd, product: "freshservice", baseUrl: `${provider}/service/` }
    const mirror = await openedMirror({ ...options, config: { sources: { fd, fs: other } } as never })
    const url = (await mountedIn(mirror))[server]
    expect(valuesOf(await get(`${url}/fs/api?a=1`), "link")).toEqual([`<${url}/fs/api?a=1&page=2>; rel="next"`])
    await get(`${url}/fd/api?a=1`)
    expect(asked).toEqual(["/service/api?a=1", "/api?a=1"])
    expect((await get(`${url}/api`)).status).toBe(404)
  })
})

/** A request whose target is a whole URL, as a client of a forward proxy writes it. */
const wholeTarget = (url: string, target: string): Promise<string> => {
  const { host, port } = new URL(url)
  return rawExchange(Number(port), [`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`])
}

it.each(["Express", "Fastify"] as const)(
  "a whole URL as target reaches this mirror only, behind %s",
  async (server) => {
    const asked: Array<string> = []
    const { mirror } = await mirrorOf(targets(asked))
    const url = (await mountedIn(mirror))[server]
    expect(await wholeTarget(url, `${url}/api?a=1`)).toMatch(/^HTTP\/1\.1 200 /)
    const { pathname } = new URL(url)
    expect(await wholeTarget(url, `http://other.freshdesk.com${pathname}/api`)).toMatch(
      /^HTTP\/1\.1 404 [\s\S]*no upstream is configured for other\.freshdesk\.com/
    )
    expect(asked).toEqual(["/api?a=1"])
  }
)

it("Connect and prefixes with parameters tell their mount path too", async () => {
  const asked: Array<string> = []
  const { mirror } = await mirrorOf(targets(asked))
  const handler = expressHandler(mirror)
  // As connect(): the mount path leaves `url`, and `originalUrl` keeps it.
  const connectUrl = await listeningAt(
    createServer((request, response) => {
      const originalUrl = request.url!
      const rest = originalUrl.slice("/desk".length)
      request.url = rest.startsWith("/") ? rest : `/${rest}`
      handler(Object.assign(request, { originalUrl }), response)
    })
  )
  const fastify = Fastify({ routerOptions: { caseSensitive: false } })
  await fastify.register(
    async (tenants) =>
      tenants.register(fastifyPlugin(mirror, { publicUrl: "https://acme.example/x/" }), { prefix: "/DESK" }),
    { prefix: "/tenants/:tenant" }
  )
  onTestFinished(() => fastify.close())
  const fastifyUrl = await fastify.listen({ port: 0, host: "127.0.0.1" })
  for (const path of ["/desk/api?a=1", "/desk?a=1"]) {
    expect(valuesOf(await get(`${connectUrl}${path}`), "link")[0]).toMatch(`<${connectUrl}/desk/`)
    const tenant = await get(`${fastifyUrl}/tenants/7${path}`)
    expect(valuesOf(tenant, "link")[0]).toMatch("<https://acme.example/x/")
  }
  expect(asked).toEqual(["/api?a=1", "/api?a=1", "/?a=1", "/?a=1"])
})

it("a request of HTTP/2 is refused with the remedy", async () => {
  const { mirror } = await mirrorOf(targets([]))
  const handler = expressHandler(mirror)
  const server = http2.createServer((request, response) => handler(request as never, response as never))
  const session = http2.connect(`http://127.0.0.1:${await listening(server)}`)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ":path": "/api/v2/tickets" })
  const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader]
  let text = ""
  for await (const chunk of stream) text += String(chunk)
  expect([headers[":status"], text]).toEqual([505, expect.stringContaining("this handler takes HTTP/1.1")])
})
