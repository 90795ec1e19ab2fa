/** The simulated Freshsales API: views with `meta`, 25 a page, bodies wrapped in the entity's name, bulk upserts. */
import { freshsales } from "../../providers/index.js"
import {
  type Api,
  type ApiAnswer,
  type ApiRequest,
  asFields,
  notFound,
  sortedBy,
  timeOf,
  validation,
  write
} from "../Api.js"
import type { BulkJobs } from "../BulkJobs.js"
import { type Caller, halfOf, seenBy, userOf } from "../Callers.js"
import type { Entity } from "../Entity.js"
import type { World } from "../World.js"

const collections: Readonly<Record<string, string>> = {
  contacts: "contact",
  deals: "deal",
  sales_accounts: "sales_account",
  leads: "lead",
  tasks: "task",
  appointments: "appointment"
}
const viewed = ["contact", "deal", "sales_account", "lead"]
const perPage = freshsales.maxPerPage
/** `per_page` up to here is taken [field]. */
const mostPerPage = 100
/** Entity types of which a key of a territory sees a part. */
const halved = halfOf(Object.fromEntries(Object.values(collections).map((entity) => [entity, "id"])))

/** The account's two users. */
const users = [{ id: 1 }, { id: 2 }]

const me = (caller: Caller): number => userOf(caller, users)!["id"] as number

/** Each entity has three views; "My …" shows what the key's own user owns. */
const viewsOf = (entity: string, user: number) => {
  const base = 4_000 + viewed.indexOf(entity) * 10
  const title = entity.replace("sales_", "").replace(/^./, (letter) => letter.toUpperCase())
  return [
    { id: base + 1, name: `My ${title}s`, model_class_name: title, user_id: user, is_default: true },
    { id: base + 2, name: `All ${title}s`, model_class_name: title, user_id: 0, is_default: true },
    { id: base + 3, name: `Recently Modified ${title}s`, model_class_name: title, user_id: 0, is_default: true }
  ]
}

const alive = (record: Entity): boolean => record["deleted"] !== true

export const freshsalesApi =
  (account: World, jobs: BulkJobs, madeViews: ReadonlySet<number>): Api =>
  (request) => {
    const world = request.caller.restricted ? seenBy(account, halved) : account
    const [collection = "", id, view] = request.path.slice(1).split("/")
    if (collection === "jobs") return jobs.answer(id ?? "")
    if (collection === "search") return search(world, request)
    const entity = collections[collection]
    if (entity === undefined) return notFound
    if (id === "bulk_upsert" && entity === "contact" && request.method === "POST") return upsert(account, jobs, request)
    if (id === "filters" && viewed.includes(entity))
      return { status: 200, body: { filters: viewsOf(entity, me(request.caller)) } }
    if (id === "view" && viewed.includes(entity))
      return list(world, entity, collection, Number(view), request, madeViews)
    const wrap = (record: Entity) => ({ [entity]: record })
    const fields = asFields(asFields(request.body)[entity])
    if (id === undefined) {
      if (request.method === "GET")
        return viewed.includes(entity) ? notFound : filtered(world, entity, collection, request)
      return Object.keys(fields).length === 0
        ? validation(entity, "It should be a/an Object", "missing_field")
        : write(world, entity, null, request, wrap, fields)
    }
    const found = /^\d+$/.test(id) ? world.read(entity, Number(id)) : null
    if (found === null || !alive(found)) return notFound
    return request.method === "GET"
      ? { status: 200, body: wrap(found) }
      : write(world, entity, found, request, wrap, fields)
  }

const page = (request: ApiRequest, collection: string, found: ReadonlyArray<Entity>): ApiAnswer => {
  const number = Number(request.query.get("page") ?? 1)
  const wanted = Math.min(mostPerPage, Number(request.query.get("per_page") ?? perPage))
  if (!Number.isInteger(wanted) || wanted < 1) return validation("per_page", "It should be a Positive Integer")
  if (!Number.isInteger(number) || number < 1 || number > freshsales.pageCeiling)
    return validation("page", `It should be a Positive Integer up to ${freshsales.pageCeiling}`)
  return {
    status: 200,
    body: {
      [collection]: found.slice((number - 1) * wanted, number * wanted),
      meta: { total_pages: Math.max(1, Math.ceil(found.length / wanted)), total: found.length }
    }
  }
}

const list = (
  world: World,
  entity: string,
  collection: string,
  view: number,
  request: ApiRequest,
  made: ReadonlySet<number>
): ApiAnswer => {
  const user = me(request.caller)
  const known = viewsOf(entity, user).find(({ id }) => id === view) ?? (made.has(view) ? { user_id: 0 } : undefined)
  if (known === undefined) return notFound
  const field = request.query.get("sort") ?? "updated_at"
  const direction = request.query.get("sort_type") === "asc" ? 1 : -1
  const found = world
    .readable(entity)
    .filter((record) => alive(record) && (known.user_id === 0 || record["owner_id"] === user))
  const value = /_at$/.test(field)
    ? (record: Entity) => timeOf(record, field)
    : (record: Entity) => Number(record[field] ?? 0)
  return page(request, collection, sortedBy(found, value, direction))
}

const filtered = (world: World, entity: string, collection: string, request: ApiRequest): ApiAnswer => {
  const filter = request.query.get("filter") ?? "open"
  const found = world.readable(entity).filter((record) => {
    if (!alive(record)) return false
    if (entity === "task") return (record["status"] === "completed") === (filter === "completed")
    // Meetings without a date are still to come.
    return filter !== "past"
  })
  return page(
    request,
    collection,
    sortedBy(found, (record) => timeOf(record, "updated_at"), -1)
  )
}

const search = (world: World, request: ApiRequest): ApiAnswer => {
  const wanted = (request.query.get("q") ?? "").toLowerCase()
  if (wanted === "") return validation("q", "It should not be blank", "missing_field")
  const names = (request.query.get("include") ?? "contact").split(",").filter((name) => viewed.includes(name))
  const body = names.flatMap((type) =>
    world
      .readable(type)
      .filter(
        (record) =>
          alive(record) &&
          JSON.stringify([record["display_name"], record["name"], record["email"]]).toLowerCase().includes(wanted)
      )
      .slice(0, 25)
      .map((record) => ({
        id: String(record["id"]),
        type,
        name: record["display_name"] ?? record["name"],
        email: record["email"] ?? null
      }))
  )
  return { status: 200, body }
}

const upsert = (world: World, jobs: BulkJobs, request: ApiRequest): ApiAnswer => {
  const contacts = asFields(request.body)["contacts"]
  if (!Array.isArray(contacts)) return validation("contacts", "It should be an Array", "missing_field")
  return jobs.start(
    (contacts as Array<Entity>).map((contact) => {
      const identifier = asFields(contact["unique_identifier"])
      const email = identifier["emails"] ?? identifier["email"]
      return {
        id: Object.values(identifier).join(" "),
        run: () => {
          if (typeof email !== "string" || !email.includes("@")) return "invalid_email"
          const known = world.readable("contact").find((record) => alive(record) && record["email"] === email)
          const data = asFields(contact["data"])
          if (known === undefined) world.change("contact", "create", null, { email, ...data })
          else world.change("contact", "update", known["id"] as number, data)
          return null
        }
      }
    })
  )
}
