/**
 * A provider that hookshift knows by a description only (shop.json): a small server of the proof's own, with orders and
 * products that change, lists, and webhooks that prove themselves with a token.
 */
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import type { PushOutcome, PushSetUp, StartProviderPort, TrueChange } from "../../src/replay/index.js"
import { type Chance, chanceOf } from "../accuracy/chance.js"

interface Thing {
  readonly id: number
  readonly created_at: string
  readonly updated_at: string
  readonly [field: string]: unknown
}

export interface ShopAccount {
  readonly account: string
  readonly entities: number
  readonly changesPerHour: number
}

export interface CallLine {
  readonly method: string
  readonly endpoint: string
  readonly status: number
  count: number
}

const stampOf = (at: number): string => new Date(Math.floor(at / 1_000) * 1_000).toISOString().replace(".000Z", "Z")
const kinds = ["order", "product"] as const
type Kind = (typeof kinds)[number]

const newThing = (chance: Chance, kind: Kind, id: number, created: number, updated: number): Thing => ({
  id,
  ...(kind === "order"
    ? { status: "open", total: chance.whole(5, 900), note: null, tags: [], customer: { name: `Customer ${id}` } }
    : { title: `Product ${id}`, price: chance.whole(1, 300), stock: chance.whole(0, 90), visible: true }),
  created_at: stampOf(created),
  updated_at: stampOf(updated)
})

const changeOf = (chance: Chance, kind: Kind): Readonly<Record<string, unknown>> =>
  kind === "product"
    ? chance.one([{ stock: chance.whole(0, 90) }, { price: chance.whole(1, 300) }, { visible: chance.yes(0.5) }])
    : chance.one([
        { status: chance.one(["open", "paid", "packed", "sent"]) },
        { status: "paid", total: chance.whole(5, 900) },
        { note: `Note ${chance.whole(1, 9_999)}` },
        { tags: [`tag-${chance.whole(1, 99)}`] }
      ])

/** Which updates the shop tells of, as its page of webhooks says. */
const isTold = (kind: Kind, fields: ReadonlyArray<string>): boolean =>
  kind === "product" || fields.some((field) => ["status", "total", "note"].includes(field))

export const startShop =
  ({ account, changesPerHour, entities }: ShopAccount): StartProviderPort =>
  async ({ changesUntil, faults, onTraffic, seed, time }) => {
    const chance = chanceOf(seed * 13 + 5)
    const shelves: Readonly<Record<Kind, Map<number, Thing>>> = { order: new Map(), product: new Map() }
    const truth: Array<TrueChange> = []
    const outcomes: Array<PushOutcome & { outcome: PushOutcome["outcome"] }> = []
    const counts = { attempts: 0, dropped: 0 }
    const calls = new Map<string, CallLine>()
    let hook: PushSetUp | null = null
    let next = 1

    const born = time.now()
    const betweenMs = (3_600_000 * entities) / changesPerHour
    for (const kind of kinds)
      for (let n = 0; n < entities / 2; n++) {
        const created = born - chance.between(86_400_000, 30 * 86_400_000)
        const updated = Math.max(created, born - 60_000 - chance.exponential(betweenMs))
        shelves[kind].set(next, newThing(chance, kind, next++, created, updated))
      }

    const deliver = (setUp: PushSetUp, body: string, outcome: (typeof outcomes)[number]): void => {
      counts.attempts += 1
      onTraffic("postStarted")
      const ended = (status: number | undefined) => {
        outcome.outcome = status === 200 ? "accepted" : "dropped"
        onTraffic("postEnded")
      }
      const post = request(
        setUp.url,
        {
          method: "POST",
          agent: false,
          headers: {
            "content-type": "application/json",
            [setUp.header]: setUp.secret,
            "content-length": Buffer.byteLength(body)
          }
        },
        (response) => {
          response.resume()
          response.on("close", () => ended(response.statusCode))
        }
      )
      post.on("error", () => ended(undefined))
      post.end(body)
    }

    const tell = (kind: Kind, thing: Thing, what: "made" | "changed", fields: ReadonlyArray<string>): void => {
      const at = time.now()
      const action = what === "made" ? "create" : "update"
      truth.push({
        account,
        at,
        entity: kind,
        id: String(thing.id),
        action,
        updatedAt: Date.parse(thing.updated_at),
        fields,
        parent: null
      })
      const setUp = hook
      if (setUp === null || (what === "changed" && !isTold(kind, fields))) return
      if (!setUp.events.includes(`${kind}_${action}`)) return
      const outcome = { account, entity: kind, id: String(thing.id), at, outcome: "pending" as PushOutcome["outcome"] }
      outcomes.push(outcome)
      const latency = chance.between(400, 5_000)
      if (chance.yes(faults.drop)) {
        counts.dropped += 1
        outcome.outcome = "dropped"
        return
      }
      const body = JSON.stringify({ kind, what, data: thing })
      time.at(at + latency, () => deliver(setUp, body, outcome), true)
    }

    const happen = (): void => {
      const kind = chance.yes(0.7) ? "order" : "product"
      const shelf = shelves[kind]
      if (chance.yes(0.15)) {
        const made = newThing(chance, kind, next++, time.now(), time.now())
        shelf.set(made.id, made)
        return tell(kind, made, "made", [])
      }
      const known = shelf.get(chance.one([...shelf.keys()]))!
      const fields = changeOf(chance, kind)
      const changed = { ...known, ...fields, updated_at: stampOf(time.now()) }
      shelf.set(known.id, changed)
      tell(kind, changed, "changed", Object.keys(fields))
    }
    let cancel = (): void => undefined
    const schedule = (from: number): void => {
      const at = from + chance.exponential(3_600_000 / changesPerHour)
      if (at >= changesUntil) return
      cancel = time.at(
        at,
        () => {
          happen()
          schedule(at)
        },
        true
      )
    }
    schedule(born)

    const answer = (url: URL): { status: number; body: unknown; link: string | null } => {
      const [, , list, id] = url.pathname.split("/")
      const shelf = list === "orders" ? shelves.order : list === "products" ? shelves.product : null
      if (shelf === null) return { status: 404, body: {}, link: null }
      if (id !== undefined) {
        const one = shelf.get(Number(id))
        return one === undefined ? { status: 404, body: {}, link: null } : { status: 200, body: one, link: null }
      }
      const after = url.searchParams.get("changed_after")
      const limit = Math.min(50, Number(url.searchParams.get("limit") ?? 20))
      const page = Number(url.searchParams.get("page") ?? 1)
      const found = [...shelf.values()]
        .filter(
          (one) =>
            list === "products" ||
            after === null ||
            Date.parse(one.updated_at) >= Math.floor(Date.parse(after) / 1_000) * 1_000
        )
        .sort((a, b) =>
          list === "orders" ? Date.parse(a.updated_at) - Date.parse(b.updated_at) || a.id - b.id : a.id - b.id
        )
      const items = found.slice((page - 1) * limit, page * limit)
      const more = found.length > page * limit
      url.searchParams.set("page", String(page + 1))
      return {
        status: 200,
        body: list === "orders" ? { orders: items } : items,
        link: more ? `<${url.href}>; rel="next"` : null
      }
    }

    const server = createServer((incoming, response) => {
      const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host}`)
      if (url.pathname === "/_sim/calls") return void response.end(JSON.stringify({ calls: [...calls.values()] }))
      onTraffic("arrived")
      let held = true
      const release = () => {
        if (held) onTraffic("released")
        held = false
      }
      response.on("close", release)
      time.at(
        time.now() + 20,
        () => {
          const { body, link, status } = answer(url)
          const endpoint = url.pathname.replace(/\/\d+$/, "/{number}")
          const line = calls.get(`${endpoint} ${status}`) ?? {
            method: incoming.method ?? "GET",
            endpoint,
            status,
            count: 0
          }
          line.count += 1
          calls.set(`${endpoint} ${status}`, line)
          time.at(
            time.now() + 60,
            () => {
              release()
              response.writeHead(status, {
                "content-type": "application/json",
                date: new Date(time.now()).toUTCString(),
                ...(link === null ? {} : { link })
              })
              response.end(JSON.stringify(body))
            },
            true
          )
        },
        true
      )
    })
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return {
      accounts: [{ account, product: "shop", url }],
      truth: () => truth,
      calls: () => [...calls.values()].reduce((sum, { count }) => sum + count, 0),
      install: (setUp) => {
        hook = setUp
        return { publicKey: null }
      },
      pushes: () => ({ ...counts, outcomes }),
      close: async () => {
        cancel()
        server.closeAllConnections()
        await new Promise<void>((closed) => server.close(() => closed()))
      }
    }
  }
