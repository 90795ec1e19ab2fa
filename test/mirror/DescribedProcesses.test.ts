/** A described provider with real processes: its API over HTTP, its pushes to the receiver, and the mirror of its state. */

import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { expect, it } from "vitest"
import { runCli, startCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { listeningAt } from "../support/listening.js"
import { type Fields, makeShop, type ShopChange, shopDescription } from "../support/shopApi.js"
import { until } from "../support/until.js"
import { dice } from "./mirrorWorld.js"

const env = { SHOP_KEY: "own-key", SHOP_HOOK: "canary-hook-secret" }
const base = "/shops/acme"

const startShop = async () => {
  let onChange: (change: ShopChange) => void = () => undefined
  const shop = makeShop({ now: () => Date.now(), seed: 5, entities: 45, base, onChange: (one) => onChange(one) })
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk) => {
      text += chunk
    })
    request.on("end", () => {
      const url = new URL(request.url!, `http://${request.headers.host}`)
      const answer = shop.handle({
        method: request.method!,
        path: url.pathname,
        query: url.searchParams,
        body: text === "" ? undefined : JSON.parse(text),
        authorization: request.headers.authorization,
        origin: url.origin
      })
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
      response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
    })
  })
  const url = await listeningAt(server)
  const tell = (to: typeof onChange): void => {
    onChange = to
  }
  return { shop, url: `${url}${base}`, tell }
}

const ask = async (url: string, path: string, options: { method?: string; body?: unknown } = {}) => {
  const answer = await fetch(path.startsWith("http") ? path : `${url}${path}`, {
    method: options.method ?? "GET",
    headers: { authorization: "Bearer own-key", "user-agent": "till/1.0", "content-type": "application/json" },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) })
  })
  const text = await answer.text()
  const { headers, status } = answer
  return {
    status,
    text,
    cache: headers.get("x-cache"),
    reason: headers.get("x-hookshift-reason"),
    // The provider's addresses are the mirror's at the mirror.
    link: headers.get("link")?.replaceAll(url, "") ?? null,
    next: /<([^>]+)>; rel="next"/.exec(headers.get("link") ?? "")?.[1] ?? null
  }
}

it("is received, reconciled and mirrored, and answered as its API answers", { timeout: 240_000 }, async () => {
  const { shop, tell, url } = await startShop()
  const folder = temporaryFolder()
  writeFileSync(join(folder, "shop.json"), JSON.stringify(shopDescription("/shops/{shop}")))
  const settings = {
    providers: ["shop.json"],
    mirror: { wholePages: ["till"] },
    sources: {
      till: {
        product: "shop",
        baseUrl: url,
        auth: { secretEnv: "SHOP_KEY" },
        webhook: { secretEnv: "SHOP_HOOK" },
        reconcile: { order: "1h", customer: "1h", coupon: "1h", note: "1h" }
      }
    }
  }
  writeFileSync(join(folder, "hookshift.config.json"), JSON.stringify(settings))
  const options = { cwd: folder, env }
  const receiver = await startCli(["receive", "--listen", "127.0.0.1:0", "--admin", "off"], options)
  const mirror = (await startCli(["mirror", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"], options)).ready.url
  const push = async ({ action, entity, record }: ShopChange): Promise<void> => {
    const did = { create: "made", update: "changed", delete: "removed" }[action]
    const answer = await fetch(`${receiver.ready.url}/hooks/till`, {
      method: "POST",
      headers: { "x-hookshift-token": env.SHOP_HOOK, "content-type": "application/json" },
      body: JSON.stringify({ kind: entity, did, data: record })
    })
    expect(answer.status).toBe(200)
  }
  const pushed: Array<Promise<void>> = []
  tell((change) => void pushed.push(push(change)))

  // Nothing has told yet that pushes come.
  const all = "/orders?state=all&size=50"
  await until(async () => (await ask(mirror, all)).reason === "never-pushed", "the sweep has ended")
  const random = dice(5)
  const change = (entity: "order" | "customer" | "coupon"): void => {
    const action = random.pick(["update", "update", "create", "delete"] as const)
    const known = action === "create" ? null : shop.idOf(entity, random.pick(shop.all(entity)))
    const fields = {
      order: { total: random.below(99) },
      customer: { name: `N ${random.below(99)}` },
      coupon: { share: 1 }
    }
    shop.change(entity, action, known, action === "delete" ? {} : fields[entity])
  }
  shop.change("order", "update", shop.idOf("order", shop.all("order")[0]!), { total: 7 })
  shop.change("customer", "update", shop.idOf("customer", shop.all("customer")[0]!), { name: "Ada" })
  shop.change("coupon", "update", shop.idOf("coupon", shop.all("coupon")[0]!), { share: 0.1 })
  await Promise.all(pushed)

  let hits = 0
  const since = new Date(Date.now() - 5 * 86_400_000).toISOString()
  const lists = [
    all,
    "/orders?state=all&sort=changed&dir=asc&size=50",
    `/orders?state=all&changed_from=${since.slice(0, 19)}Z&size=50`,
    "/customers?size=50",
    "/coupons?size=50",
    `/coupons?since=${since}&size=50`
  ]
  /** Resolves once the state answers as the shop does: a push takes a moment, a change of this second too. */
  const same = (path: string): Promise<void> =>
    until(async () => {
      const mine = await ask(mirror, path)
      const theirs = await ask(url, path)
      expect(mine.status).toBe(theirs.status)
      if (mine.cache === "HIT") hits++
      if (mine.cache === "HIT" && mine.text === theirs.text && mine.link === theirs.link) return true
      await new Promise((next) => setTimeout(next, 200))
      return false
    }, `${path} is answered from the state, and as the shop answers`)
  for (let round = 0; round < 4; round++) {
    for (const path of lists) await same(path)
    for (const entity of ["order", "customer", "coupon"] as const) for (let n = 0; n < 3; n++) change(entity)
    await Promise.all(pushed)
  }

  // A walk by links: once through, which shows each kind of page; then from the state, at the mirror's own address.
  const walk = async () => {
    const pages: Array<Awaited<ReturnType<typeof ask>>> = []
    for (let at: string | null = "/orders?state=all&size=10"; at !== null; at = pages.at(-1)!.next)
      pages.push(await ask(mirror, at))
    return pages
  }
  let pages = await walk()
  await until(async () => {
    pages = await walk()
    return pages.every(({ cache }) => cache === "HIT")
  }, "a walk is answered from the state")
  expect(pages).toHaveLength(Math.ceil(shop.all("order").length / 10))
  expect(pages.every(({ next }, at) => (next === null) === (at === pages.length - 1))).toBe(true)
  expect(pages.flatMap(({ text }) => (JSON.parse(text) as { orders: ReadonlyArray<Fields> }).orders)).toEqual(
    [...shop.all("order")].sort((a, b) => Number(b["number"]) - Number(a["number"]))
  )

  // One by its id, and a write to it.
  const id = shop.idOf("order", shop.all("order")[3]!)
  await ask(mirror, `/orders/${id}`)
  await same(`/orders/${id}`)
  const written = await ask(mirror, `/orders/${id}`, { method: "PATCH", body: { note: "by hand" } })
  expect(written).toMatchObject({ status: 200, cache: "BYPASS", reason: "method" })
  expect(JSON.parse((await ask(mirror, `/orders/${id}`)).text)).toMatchObject({ note: "by hand" })

  for (const [path, reason] of [
    ["/notes", "endpoint"],
    ["/orders?state=paid", "view"],
    ["/orders?state=all&colour=red", "parameter"],
    ["/orders?state=all&sort=number", "value"]
  ] as const)
    expect(await ask(mirror, path)).toMatchObject({ reason, text: (await ask(url, path)).text })
  // Counts are on the disk within seconds.
  const counted = async () => {
    const { stdout } = await runCli(["mirror", "status", "--json"], options)
    return (JSON.parse(stdout) as { integrations: ReadonlyArray<{ integration: string; hits: number }> }).integrations
  }
  const hitsCounted = async (): Promise<number> => (await counted()).reduce((sum, one) => sum + one.hits, 0)
  await until(async () => (await hitsCounted()) >= hits, "the answers from the state are counted")
  expect(new Set((await counted()).map(({ integration }) => integration))).toEqual(new Set(["till"]))
})
