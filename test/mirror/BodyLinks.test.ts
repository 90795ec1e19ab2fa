/** Addresses in bodies lead to the mirror for a program that asks the mirror, and to the provider behind the preload. */
import { expect, it } from "vitest"
import { bodyWithOwnLinks, withOwnLinks } from "../../src/mirror/BodyLinks.js"
import { freshchat, freshdesk } from "../../src/providers/index.js"
import { mirrorWorld } from "./mirrorWorld.js"

const upstream = { host: null, path: "/chat", url: new URL("https://acme.freshchat.com/") }
const target = { upstream, path: "/v2/users" }
const endpointOf = (template: string) => freshchat.endpoints.find((one) => one.template === template)!
const linking = { provider: freshchat, endpoint: endpointOf("/v2/users"), origin: "http://127.0.0.1:8792", target }
const at = (body: unknown, more = {}) => ({
  status: 200,
  headers: { "content-type": "application/json", ...more },
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body))
})
const textOf = (body: unknown, other: Partial<typeof linking> = {}): string | null =>
  withOwnLinks({ ...linking, ...other }, at(body))?.body.toString() ?? null

it("changes addresses of the API at known places, and nothing else", () => {
  const own = "https://acme.freshchat.com/v2/users?page=2"
  const moved = "http://127.0.0.1:8792/chat/v2/users?page=2"
  const links = (href: unknown) => ({
    users: [{ id: "a", avatar: { url: own }, href: own }],
    links: { next_page: { href } }
  })
  expect(JSON.parse(textOf(links(own))!)).toEqual(links(moved))
  expect(JSON.parse(textOf(links("/v2/users?page=2"))!)).toEqual(links("/chat/v2/users?page=2"))
  for (const href of [
    "https://acme.freshchat.com.evil.example/v2/users",
    "https://other.example/v2/users",
    "v2",
    7,
    null
  ])
    expect(textOf(links(href))).toBeNull()
  for (const body of ["no json", { users: [] }, { links: null }, { links: own }, [own]]) expect(textOf(body)).toBeNull()
})

it("keeps numbers to the last digit", () => {
  const body = `{"users":[{"n":12345678901234567890,"m":1.0}],"links":{"next_page":{"href":"https://acme.freshchat.com/v2/users"}}}`
  expect(textOf(body)).toBe(body.replace("https://acme.freshchat.com", "http://127.0.0.1:8792/chat"))
})

it("leaves answers that are not understood: another endpoint, status, or type", () => {
  const body = { links: { next_page: { href: "https://acme.freshchat.com/v2/users" } } }
  expect(textOf(body)).not.toBeNull()
  expect(textOf(body, { endpoint: endpointOf("/v2/users/{uuid}") })).toBeNull()
  expect(textOf(body, { provider: freshdesk, endpoint: freshdesk.endpoints[0]! })).toBeNull()
  expect(withOwnLinks({ ...linking, endpoint: null }, at(body))).toBeNull()
  expect(withOwnLinks(linking, { ...at(body), status: 400 })).toBeNull()
  expect(withOwnLinks(linking, at(body, { "content-type": "text/plain" }))).toBeNull()
  expect(bodyWithOwnLinks(linking, at({ users: [] }).body)).toBeNull()
})

it("follows its links through the mirror, from the state and from the provider", async () => {
  const world = mirrorWorld({ product: "freshchat", entities: 60, origin: "http://mirror" })
  world.time.advance(60_000)
  world.receiver.sweep()
  await world.load()
  world.time.advance(60_000)
  const walk = async (headers: Record<string, string>) => {
    const asked: Array<string> = []
    const from: Array<string> = []
    for (let href: string | undefined = "/v2/users?items_per_page=10"; href !== undefined; ) {
      const answer = await world.ask(href.replace(/^http:\/\/\w+/, ""), { headers })
      from.push(answer.from)
      href = (answer.body as { links: { next_page?: { href: string } } }).links.next_page?.href
      if (href !== undefined) asked.push(new URL(href).origin)
    }
    return { asked: [...new Set(asked)], from: [...new Set(from)] }
  }
  const preload = { "x-hookshift-origin": "http://provider" }
  expect(await walk({})).toEqual({ asked: ["http://mirror"], from: ["provider"] })
  expect(await walk({})).toEqual({ asked: ["http://mirror"], from: ["state"] })
  expect(await walk(preload)).toEqual({ asked: ["http://provider"], from: ["state"] })
  const past = { "cache-control": "no-cache" }
  expect(await walk(past)).toEqual({ asked: ["http://mirror"], from: ["provider"] })
  expect(await walk({ ...past, ...preload })).toEqual({ asked: ["http://provider"], from: ["provider"] })
  const { users } = world.direct("/v2/users").body as { users: ReadonlyArray<{ id: string }> }
  const origins: Array<ReadonlyArray<string>> = []
  for (const { id } of users)
    for (const headers of [{}, {}, preload]) {
      const answer = await world.ask(`/v2/users/${id}/conversations`, { headers })
      const { conversations } = answer.body as { conversations: ReadonlyArray<{ link: { href: string } }> }
      for (const { link } of conversations) origins.push([answer.from, new URL(link.href).origin])
    }
  expect([...new Set(origins.map((one) => one.join(" ")))].sort()).toEqual([
    "provider http://mirror",
    "state http://mirror",
    "state http://provider"
  ])
})
