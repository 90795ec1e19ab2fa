/** The simulated Freshdesk API: bare lists, `Link`, search, bulk jobs, automation rules. */
import {
  type Api,
  type ApiAnswer,
  type ApiRequest,
  accessDenied,
  asFields,
  invalid,
  linkedPage,
  notAmong,
  notFound,
  validation,
  write
} from "../Api.js"
import type { BulkJobs } from "../BulkJobs.js"
import { type Sees, seenBy } from "../Callers.js"
import type { Entity } from "../Entity.js"
import type { World } from "../World.js"
import { agentOf, inScopeOf, notArchived } from "./Agents.js"
import type { AutomationRules } from "./AutomationRules.js"
import { list, pageRules } from "./Lists.js"
import { noteSource } from "./RuleFiring.js"
import { makeSearchIndex, search } from "./Search.js"
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

/** Embeds of one ticket [docs]. */
const itemIncludes = { include: ["conversations", "requester", "company", "stats"] }

export const freshdeskApi = (world: World, rules: AutomationRules, jobs: BulkJobs, searchLagMs: number): Api => {
  const stats = makeTicketStats(world)
  const index = makeSearchIndex(world, searchLagMs)
  return (request, now) => {
    const [collection = "", id, child, childId] = request.path.slice(1).split("/")
    if (collection === "jobs") return jobs.answer(id ?? "")
    if (collection === "automations" && child === "rules")
      return rules.answer(request.method, Number(id), childId, request.body)
    const agent = () => agentOf(world, request.caller)
    const inScope = request.caller.restricted ? inScopeOf(agent()) : () => true
    const kept = notArchived(now)
    const sees: Sees = (type, record) => kept(type, record) && inScope(type, record)
    const seen = seenBy(world, sees)
    if (collection === "search") return search((type) => index(type, now), sees, request, collections[id ?? ""])
    const entity = collections[collection]
    if (entity === undefined) return notFound
    if (entity === "ticket" && (id === "bulk_update" || id === "bulk_delete")) {
      const maySee = (ticketId: number) => {
        const held = world.read("ticket", ticketId)
        return held === null || sees("ticket", held)
      }
      return bulk(world, jobs, id, maySee, request)
    }
    if (id === undefined)
      return request.method === "GET"
        ? list(entity, collection, request, { seen, now, agent, shape: inList(seen, stats, entity, request.query) })
        : make(world, entity, request)
    if (entity === "agent" && id === "me") {
      const me = agent()
      return me === null ? notFound : { status: 200, body: me }
    }
    const held = /^\d+$/.test(id) ? world.read(entity, Number(id)) : null
    if (held === null || !kept(entity, held)) return notFound
    return inScope(entity, held) ? one(seen, stats, entity, held, child, request) : accessDenied
  }
}

/** One entity, and what lies beneath it. */
const one = (
  seen: World,
  stats: TicketStats,
  entity: string,
  found: Entity,
  child: string | undefined,
  request: ApiRequest
): ApiAnswer => {
  const id = found["id"] as number
  const dependant = entity === "ticket" && request.method === "GET" ? dependants[child ?? ""] : undefined
  if (dependant !== undefined)
    return linkedPage(request, liveChildren(seen, dependant, id), pageRules, (items) => items)
  if ((child === "reply" || child === "notes") && entity === "ticket" && request.method === "POST") {
    const made = seen.change("conversation", "create", null, {
      source: child === "notes" ? noteSource : 0,
      ...asFields(request.body),
      ticket_id: id,
      incoming: false,
      // A note is private unless it says otherwise.
      private: child === "notes" && asFields(request.body)["private"] !== false
    })
    return { status: 201, body: made }
  }
  if (child !== undefined) return notFound
  if (request.method !== "GET") return write(seen, entity, found, request)
  if (found["deleted"] === true && entity !== "ticket") return notFound
  const errors = entity === "ticket" ? notAmong(request.query, itemIncludes) : []
  return errors.length > 0
    ? invalid(errors)
    : { status: 200, body: embed(seen, stats, entity, found, includesOf(request.query)) }
}

const make = (world: World, entity: string, request: ApiRequest): ApiAnswer =>
  entity === "ticket" && request.method === "POST" && asFields(request.body)["description"] === undefined
    ? validation("description", "It should be a/an String", "missing_field")
    : write(world, entity, null, request)

const bulk = (
  world: World,
  jobs: BulkJobs,
  kind: "bulk_update" | "bulk_delete",
  maySee: (id: number) => boolean,
  request: ApiRequest
): ApiAnswer => {
  const action = asFields(asFields(request.body)["bulk_action"])
  const ids = action["ids"]
  if (!Array.isArray(ids)) return validation("ids", "It should be an Array", "missing_field")
  return jobs.start(
    (ids as Array<number>).map((id) => ({
      id,
      run: () => {
        if (!maySee(id)) return "not_found"
        const changed =
          kind === "bulk_delete"
            ? world.change("ticket", "delete", id, {})
            : world.change("ticket", "update", id, asFields(action["properties"]))
        return changed === null ? "not_found" : null
      }
    }))
  )
}

const includesOf = (query: URLSearchParams): ReadonlyArray<string> => query.get("include")?.split(",") ?? []

/** An entity as a list shows it: a ticket without its description, unless that is included. */
const inList = (seen: World, stats: TicketStats, entity: string, query: URLSearchParams) => {
  const include = includesOf(query)
  const whole = entity !== "ticket" || include.includes("description")
  return (record: Entity): Entity => {
    const { description, description_text, ...rest } = record
    return embed(seen, stats, entity, whole ? record : rest, include)
  }
}

const embed = (
  world: World,
  stats: TicketStats,
  entity: string,
  record: Entity,
  include: ReadonlyArray<string>
): Entity => {
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
  if (include.includes("company")) {
    const company = world.read("company", record["company_id"] as number)
    if (company !== null) embedded["company"] = { id: company["id"], name: company["name"] }
  }
  if (include.includes("conversations"))
    embedded["conversations"] = liveChildren(world, "conversation", record["id"] as number).slice(0, 10)
  return { ...record, ...embedded }
}
