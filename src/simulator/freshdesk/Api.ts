/** The simulated Freshdesk API: bare lists, `Link`, search, bulk jobs, automation rules. */
import type { EpochMillis } from "../../domain/Time.js"
import { freshdesk } from "../../providers/index.js"
import {
  type Api,
  type ApiAnswer,
  type ApiRequest,
  asFields,
  linkedPage,
  notFound,
  sortedBy,
  timeOf,
  validation,
  write
} from "../Api.js"
import type { BulkJobs } from "../BulkJobs.js"
import type { Entity } from "../Entity.js"
import { parseQuery } from "../QueryLanguage.js"
import type { World } from "../World.js"
import type { AutomationRules } from "./AutomationRules.js"
import { noteSource } from "./RuleFiring.js"
import { liveChildren, makeTicketStats, type TicketStats } from "./TicketStats.js"

const collections: Readonly<Record<string, string>> = {
  tickets: "ticket",
  contacts: "contact",
  companies: "company",
  agents: "agent",
  groups: "group"
}

/** Read beneath a ticket. */
const dependants: Readonly<Record<string, string>> = {
  conversations: "conversation",
  time_entries: "time_entry",
  satisfaction_ratings: "satisfaction_rating"
}

const pageRules = { usual: 30, most: freshdesk.maxPerPage, ceiling: freshdesk.pageCeiling }

export const freshdeskApi = (world: World, rules: AutomationRules, jobs: BulkJobs): Api => {
  const stats = makeTicketStats(world)
  return (request, now) => {
    const [collection = "", id, child, childId] = request.path.slice(1).split("/")
    if (collection === "search") return search(world, request, collections[id ?? ""])
    if (collection === "jobs") return jobs.answer(id ?? "")
    if (collection === "automations" && child === "rules")
      return rules.answer(request.method, Number(id), childId, request.body)
    const entity = collections[collection]
    if (entity === undefined) return notFound
    if (entity === "ticket" && (id === "bulk_update" || id === "bulk_delete")) return bulk(world, jobs, id, request)
    if (id === undefined)
      return request.method === "GET" ? list(world, stats, entity, request, now) : make(world, entity, request)
    if (entity === "agent" && id === "me") return { status: 200, body: world.readable("agent")[0] }
    if (!/^\d+$/.test(id)) return notFound
    const found = world.read(entity, Number(id))
    if (found === null) return notFound
    const dependant = entity === "ticket" && request.method === "GET" ? dependants[child ?? ""] : undefined
    if (dependant !== undefined)
      return linkedPage(request, liveChildren(world, dependant, Number(id)), pageRules, (items) => items)
    if ((child === "reply" || child === "notes") && entity === "ticket" && request.method === "POST") {
      const made = world.change("conversation", "create", null, {
        source: child === "notes" ? noteSource : 0,
        ...asFields(request.body),
        ticket_id: Number(id),
        incoming: false,
        // A note is private unless it says otherwise.
        private: child === "notes" && asFields(request.body)["private"] !== false
      })
      return { status: 201, body: made }
    }
    if (child !== undefined) return notFound
    if (request.method !== "GET") return write(world, entity, found, request)
    if (found["deleted"] === true && entity !== "ticket") return notFound
    return { status: 200, body: embed(world, stats, entity, found, request.query) }
  }
}

const make = (world: World, entity: string, request: ApiRequest): ApiAnswer =>
  entity === "ticket" && request.method === "POST" && asFields(request.body)["description"] === undefined
    ? validation("description", "It should be a/an String", "missing_field")
    : write(world, entity, null, request)

const bulk = (world: World, jobs: BulkJobs, kind: "bulk_update" | "bulk_delete", request: ApiRequest): ApiAnswer => {
  const action = asFields(asFields(request.body)["bulk_action"])
  const ids = action["ids"]
  if (!Array.isArray(ids)) return validation("ids", "It should be an Array", "missing_field")
  return jobs.start(
    (ids as Array<number>).map((id) => ({
      id,
      run: () => {
        const changed =
          kind === "bulk_delete"
            ? world.change("ticket", "delete", id, {})
            : world.change("ticket", "update", id, asFields(action["properties"]))
        return changed === null ? "not_found" : null
      }
    }))
  )
}

const list = (world: World, stats: TicketStats, entity: string, request: ApiRequest, now: EpochMillis): ApiAnswer => {
  const { query } = request
  const filter = query.get("filter")
  const filterName = entity === "ticket" ? "updated_since" : "_updated_since"
  const since = entity === "ticket" || entity === "contact" ? query.get(filterName) : null
  if (since !== null && Number.isNaN(Date.parse(since)))
    return validation(filterName, "It should be in the 'combined date and time ISO8601' format", "invalid_date")
  let found = world.readable(entity).filter((record) => (filter === "deleted") === (record["deleted"] === true))
  if (entity === "ticket") {
    found = found.filter((record) => (filter === "spam") === (record["spam"] === true && filter !== "deleted"))
    // The plain list shows the last 30 days by creation (FRESHWORKS.md, "Lists and pages").
    if (since === null) found = found.filter((record) => timeOf(record, "created_at") > now - 30 * 86_400_000)
  }
  if (since !== null) {
    const from = Math.floor(Date.parse(since) / 1000) * 1000
    found = found.filter((record) => timeOf(record, "updated_at") >= from)
  }
  const direction = entity === "ticket" && query.get("order_type") !== "asc" ? -1 : 1
  if (entity === "ticket") {
    const field = query.get("order_by") ?? "created_at"
    const value = /_at$|_by$/.test(field)
      ? (record: Entity) => timeOf(record, field)
      : (record: Entity) => Number(record[field])
    found = sortedBy(found, value, direction)
  } else if (entity === "contact") {
    found.sort((a, b) =>
      String(a["name"]) < String(b["name"])
        ? -1
        : String(a["name"]) > String(b["name"])
          ? 1
          : Number(a["id"]) - Number(b["id"])
    )
  } else found = sortedBy(found, (record) => Number(record["id"]), 1)
  return linkedPage(request, found, pageRules, (items) =>
    items.map((record) => embed(world, stats, entity, withoutDescription(entity, record), query))
  )
}

const withoutDescription = (entity: string, record: Entity): Entity => {
  if (entity !== "ticket") return record
  const { description, description_text, ...rest } = record
  return rest
}

const embed = (world: World, stats: TicketStats, entity: string, record: Entity, query: URLSearchParams): Entity => {
  const include = query.get("include")?.split(",") ?? []
  if (entity !== "ticket" || include.length === 0) return record
  const embedded: Record<string, unknown> = {}
  if (include.includes("stats")) embedded["stats"] = stats.of(record)
  if (include.includes("requester")) {
    const requester = world.read("contact", record["requester_id"] as number)
    if (requester !== null) {
      const { email, id, mobile, name, phone } = requester
      embedded["requester"] = { id, name, email, phone, mobile }
    }
  }
  if (include.includes("conversations"))
    embedded["conversations"] = liveChildren(world, "conversation", record["id"] as number).slice(0, 10)
  return { ...record, ...embedded }
}

const search = (world: World, request: ApiRequest, entity: string | undefined): ApiAnswer => {
  if (entity === undefined || request.method !== "GET") return notFound
  const matches = parseQuery(request.query.get("query") ?? "")
  if (matches === null)
    return validation("query", "Query is invalid: put it in double quotes, as field:value joined by AND or OR")
  const page = Number(request.query.get("page") ?? 1)
  if (!Number.isInteger(page) || page < 1 || page > 10)
    return validation("page", "It should be a Positive Integer less than or equal to 10")
  const found = sortedBy(
    world.readable(entity).filter((record) => record["deleted"] !== true && record["spam"] !== true && matches(record)),
    (record) => timeOf(record, "updated_at"),
    -1
  )
  return { status: 200, body: { total: found.length, results: found.slice((page - 1) * 30, page * 30) } }
}
