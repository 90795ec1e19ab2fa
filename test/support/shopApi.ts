/**
 * A small API of a shop, which hookshift knows by its description alone: orders in an envelope, customers without a time
 * filter, coupons that go to a list of their own when they are deleted, notes whose rules nobody has described.
 */
import { createHash } from "node:crypto"

export type Fields = Readonly<Record<string, unknown>>

export const shopDescription = (base: string) => ({
  name: "shop",
  hosts: ["shop.example"],
  base,
  variesBy: ["X-Shop-Version"],
  entities: {
    order: {
      id: "number",
      updatedAt: "changed_at",
      createdAt: "made_at",
      list: {
        path: "/orders",
        itemsAt: "orders",
        timeFilter: "changed_from",
        parameters: { state: "all", sort: "changed", dir: "asc" },
        mirror: {
          order: { field: "number", kind: "number", direction: "desc" },
          ties: "id",
          ordering: {
            by: "sort",
            direction: "dir",
            fields: {
              made: { field: "made_at", kind: "moment" },
              changed: { field: "changed_at", kind: "moment" },
              total: { field: "total", kind: "number" }
            }
          },
          perPage: 20,
          timeFilter: { inclusive: false, unit: "second" },
          deleted: "absent"
        }
      },
      item: "/orders/{number}",
      pushes: { actions: ["create", "update", "delete"] }
    },
    customer: {
      list: {
        path: "/customers",
        mirror: {
          order: { field: "created_at", kind: "moment", direction: "asc" },
          perPage: 10,
          deleted: "absent"
        }
      },
      item: "/customers/{uuid}",
      pushes: { actions: ["create", "update", "delete"] }
    },
    coupon: {
      list: {
        path: "/coupons",
        timeFilter: "since",
        mirror: {
          order: { field: "updated_at", kind: "moment", direction: "asc" },
          ties: "id",
          perPage: 10,
          timeFilter: { inclusive: true, unit: "millisecond" },
          createdWithinDays: 20,
          deleted: { parameters: { state: "gone" } }
        }
      },
      pushes: { actions: ["create", "update", "delete"] }
    },
    note: {
      list: { path: "/notes", timeFilter: "since" },
      item: "/notes/{number}",
      pushes: { actions: ["create", "update"] }
    }
  },
  paging: { perPage: "size", page: "p", maxPerPage: 50, ceiling: 20 },
  webhook: {
    profile: "token",
    place: "the shop's settings",
    payloads: ["order", "customer", "coupon", "note"].map((entity) => ({
      entity,
      field: { at: "kind", value: entity },
      entityAt: "data",
      actionAt: "did",
      creates: ["made"],
      deletes: ["removed"]
    }))
  }
})

type Entity = "order" | "customer" | "coupon" | "note"

const kinds: Readonly<Record<Entity, { path: string; id: string; updatedAt: string; createdAt: string }>> = {
  order: { path: "orders", id: "number", updatedAt: "changed_at", createdAt: "made_at" },
  customer: { path: "customers", id: "id", updatedAt: "updated_at", createdAt: "created_at" },
  coupon: { path: "coupons", id: "id", updatedAt: "updated_at", createdAt: "created_at" },
  note: { path: "notes", id: "id", updatedAt: "updated_at", createdAt: "created_at" }
}

export interface ShopRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  readonly authorization?: string | undefined
  readonly origin: string
}

export interface ShopAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface ShopChange {
  readonly at: number
  readonly entity: Entity
  readonly id: string
  readonly action: "create" | "update" | "delete"
  readonly record: Fields
}

export interface ShopOptions {
  readonly now: () => number
  readonly seed: number
  readonly entities: number
  readonly base: string
  readonly onChange?: (change: ShopChange) => void
}

const dayMs = 86_400_000

export const makeShop = ({ base, entities, now, onChange, seed }: ShopOptions) => {
  let at = 0
  const next = (below: number): number =>
    createHash("sha256").update(`shop ${seed} ${at++}`).digest().readUInt32BE() % below
  const tables: Record<Entity, Map<string, Fields>> = {
    order: new Map(),
    customer: new Map(),
    coupon: new Map(),
    note: new Map()
  }
  const gone = new Map<string, Fields>()
  const truth: Array<ShopChange> = []
  let ids = 100
  const stamp = (entity: Entity, moment: number): string =>
    entity === "coupon" ? new Date(moment).toISOString() : `${new Date(moment).toISOString().slice(0, 19)}Z`
  const newId = (entity: Entity): number | string => {
    ids += 1 + next(3)
    if (entity !== "customer") return ids
    const digits = createHash("md5").update(`${seed} ${ids}`).digest("hex")
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`
  }
  const blank = (entity: Entity): Fields =>
    ({
      order: {
        number: 0,
        total: next(40) * 5,
        paid: next(2) === 0,
        lines: [{ sku: `S-${next(9)}`, count: 1 + next(4) }],
        note: next(3) === 0 ? null : `note ${next(1_000)}`
      },
      customer: { id: "", name: `Name ${next(1_000)}`, address: { city: `City ${next(9)}`, zip: `${next(99_999)}` } },
      coupon: { id: 0, code: `C-${next(10_000)}`, share: next(100) / 100 },
      note: { id: 0, text: `note ${next(1_000)}` }
    })[entity]
  const made = (entity: Entity, moment: number, fields: Fields): Fields => {
    const { createdAt, id, updatedAt } = kinds[entity]
    const when = stamp(entity, moment)
    return { ...blank(entity), ...fields, [id]: newId(entity), [createdAt]: when, [updatedAt]: when }
  }
  const put = (entity: Entity, record: Fields): void =>
    void tables[entity].set(String(record[kinds[entity].id]), record)
  for (const entity of Object.keys(kinds) as Array<Entity>)
    for (let n = 0; n < entities; n++) {
      // Of some shops many customers have come in the same hour.
      const unit = entity === "customer" && seed % 3 === 0 ? 3_600 : 1
      const createdAt = Math.floor((now() - dayMs) / 3_600_000) * 3_600_000 - next((30 * 86_400) / unit) * unit * 1_000
      const record = made(entity, createdAt, {})
      const changedAt = createdAt + next(Math.floor((now() - 60_000 - createdAt) / 1_000)) * 1_000
      put(entity, next(2) === 0 ? record : { ...record, [kinds[entity].updatedAt]: stamp(entity, changedAt) })
    }

  /** `null` where there is no such entity any more. */
  const change = (entity: Entity, action: ShopChange["action"], id: string | null, fields: Fields): Fields | null => {
    const { updatedAt } = kinds[entity]
    const known = id === null ? undefined : tables[entity].get(id)
    if (action !== "create" && known === undefined) return null
    const record =
      action === "create" ? made(entity, now(), fields) : { ...known, ...fields, [updatedAt]: stamp(entity, now()) }
    const named = String(record[kinds[entity].id])
    if (action === "delete") {
      tables[entity].delete(named)
      if (entity === "coupon") gone.set(named, record)
    } else put(entity, record)
    const one = { at: now(), entity, id: named, action, record }
    truth.push(one)
    onChange?.(one)
    return record
  }

  const list = (entity: Entity, { origin, path, query }: ShopRequest): ShopAnswer => {
    const { createdAt, id, updatedAt } = kinds[entity]
    const momentOf = (record: Fields, field: string): number => Date.parse(String(record[field]))
    const all = entity === "coupon" && query.get("state") === "gone" ? gone : tables[entity]
    let found = [...all.values()]
    const since = query.get(entity === "order" ? "changed_from" : "since")
    const from = since === null ? Number.NaN : Date.parse(since)
    if (since !== null && Number.isNaN(from)) return { status: 400, body: { error: "since" } }
    if (entity === "order") {
      const state = query.get("state") ?? "open"
      if (state !== "all") found = found.filter(({ paid }) => (state === "paid") === paid)
      if (since !== null) found = found.filter((one) => momentOf(one, updatedAt) > Math.floor(from / 1_000) * 1_000)
    } else if (entity !== "customer" && since !== null) found = found.filter((one) => momentOf(one, updatedAt) >= from)
    else if (entity === "coupon") found = found.filter((one) => momentOf(one, createdAt) > now() - 20 * dayMs)
    const sort = entity === "order" ? query.get("sort") : null
    const fields: Record<string, string> = { made: createdAt, changed: updatedAt, total: "total" }
    if (sort !== null && fields[sort] === undefined) return { status: 400, body: { error: "sort" } }
    const dir = query.get("dir") ?? (entity === "order" ? "desc" : "asc")
    if (entity === "order" && dir !== "asc" && dir !== "desc") return { status: 400, body: { error: "dir" } }
    const by = sort !== null ? fields[sort]! : { order: id, customer: createdAt, coupon: updatedAt, note: id }[entity]
    const valueOf = (one: Fields): number =>
      typeof one[by] === "number" ? (one[by] as number) : Date.parse(String(one[by]))
    const sign = entity === "order" && dir === "desc" ? -1 : 1
    // Of equal customers the newest comes first, which nobody has described.
    const tie = (a: Fields, b: Fields): number =>
      (entity === "customer" ? -1 : sign) * (a[id]! < b[id]! ? -1 : a[id]! > b[id]! ? 1 : 0)
    found.sort((a, b) => sign * (valueOf(a) - valueOf(b)) || tie(a, b))
    const page = Number(query.get("p") ?? 1)
    const size = Number(query.get("size") ?? (entity === "order" ? 20 : 10))
    if (!Number.isInteger(page) || page < 1 || page > 20 || !(size >= 1 && size <= 50))
      return { status: 400, body: { error: "page" } }
    const pages = Math.max(1, Math.ceil(found.length / size))
    const address = (to: number): string => {
      const other = new URLSearchParams(query)
      other.set("p", String(to))
      return `${origin}${path}?${other}`
    }
    const links = [
      ...(entity === "order" && page > 1 ? [`<${address(page - 1)}>; rel="prev"`] : []),
      ...(page < pages ? [`<${address(page + 1)}>; rel="next"`] : []),
      ...(entity === "order" && page < pages ? [`<${address(pages)}>; rel="last"`] : []),
      ...(entity === "order" && page > 1 ? [`<${address(1)}>; rel="first"`] : [])
    ]
    const shown = found.slice((page - 1) * size, page * size)
    return {
      status: 200,
      body: entity === "order" ? { orders: shown } : shown,
      headers: links.length === 0 ? {} : { link: links.join(", ") }
    }
  }

  const handle = (request: ShopRequest): ShopAnswer => {
    if (!/^Bearer (?:own-key|crm-key)$/.test(request.authorization ?? "")) return { status: 401, body: {} }
    const below = request.path.startsWith(`${base}/`) ? request.path.slice(base.length + 1).split("/") : []
    const [collection, id, ...rest] = below
    const entity = (Object.keys(kinds) as Array<Entity>).find((one) => kinds[one].path === collection)
    if (entity === undefined || rest.length > 0) return { status: 404, body: {} }
    if (request.method === "GET" && id === undefined) return list(entity, request)
    if (request.method === "POST" && id === undefined)
      return { status: 201, body: change(entity, "create", null, request.body as Fields) }
    const known = id === undefined || entity === "coupon" ? undefined : tables[entity].get(id)
    if (known === undefined) return { status: 404, body: {} }
    if (request.method === "GET") return { status: 200, body: known }
    if (request.method === "DELETE") {
      change(entity, "delete", id!, {})
      return { status: 204 }
    }
    if (request.method !== "PATCH") return { status: 405, body: {} }
    return { status: 200, body: change(entity, "update", id!, request.body as Fields) }
  }

  return {
    handle,
    change,
    put,
    truth: truth as ReadonlyArray<ShopChange>,
    all: (entity: Entity): ReadonlyArray<Fields> => [...tables[entity].values()],
    idOf: (entity: Entity, record: Fields): string => String(record[kinds[entity].id])
  }
}

export type Shop = ReturnType<typeof makeShop>
