/** The simulated Freshdesk API: what each request is answered, once it is authenticated and within its limits. */
import { type EpochMillis, toWholeSecondIso } from "../domain/Time.js"
import { endpointMatcher, freshdesk } from "../providers/index.js"
import type { ApiAnswer } from "./ApiAnswer.js"
import type { AutomationRules } from "./AutomationRules.js"
import type { Entity, EntityName } from "./Entity.js"
import { parseTicketQuery } from "./TicketSearch.js"
import type { World } from "./World.js"

export interface ApiRequest {
  readonly method: string
  /** As a client sent it, without the product's own prefix: `/api/v2/tickets`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  /** What `Link` has to point at. */
  readonly origin: string
}

export const matchEndpoint = endpointMatcher(freshdesk)

const collections: Readonly<Record<string, EntityName>> = {
  tickets: "ticket",
  contacts: "contact",
  companies: "company",
  agents: "agent",
  groups: "group"
}

const validation = (field: string, message: string, code = "invalid_value"): ApiAnswer => ({
  status: 400,
  body: { description: "Validation failed", errors: [{ field, message, code }] }
})
const notFound: ApiAnswer = { status: 404 }

export const answerFreshdesk = (
  world: World,
  rules: AutomationRules,
  request: ApiRequest,
  now: EpochMillis
): ApiAnswer => {
  const [collection, id, child, childId] = request.path.slice(freshdesk.pathPrefix.length + 1).split("/") as [
    string,
    string | undefined,
    string | undefined,
    string | undefined
  ]
  if (collection === "search") return search(world, request, collections[id ?? ""])
  if (collection === "automations" && child === "rules")
    return rules.answer(request.method, Number(id), childId, request.body)
  const entity = collections[collection]
  if (entity === undefined) return notFound
  if (id === undefined)
    return request.method === "GET" ? list(world, entity, request, now) : write(world, entity, null, request)
  if (entity === "agent" && id === "me") return { status: 200, body: world.readable("agent")[0] }
  if (!/^\d+$/.test(id)) return notFound
  const found = world.read(entity, Number(id))
  if (found === null) return notFound
  if (child === "conversations" && entity === "ticket") return paged(request, world.conversationsOf(found.id), 30)
  if ((child === "reply" || child === "notes") && entity === "ticket" && request.method === "POST") {
    const made = world.change("conversation", "create", null, {
      ...asFields(request.body),
      ticket_id: found.id,
      incoming: false,
      private: child === "notes"
    })
    return { status: 201, body: made }
  }
  if (child !== undefined) return notFound
  if (request.method !== "GET") return write(world, entity, found, request)
  if (found["deleted"] === true && entity !== "ticket") return notFound
  return { status: 200, body: embed(world, entity, found, request.query) }
}

const asFields = (body: unknown): Record<string, unknown> =>
  typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {}

const write = (world: World, entity: EntityName, found: Entity | null, request: ApiRequest): ApiAnswer => {
  const fields = asFields(request.body)
  switch (request.method) {
    case "POST":
      if (found !== null) return { status: 405 }
      if (entity === "ticket" && fields["description"] === undefined)
        return validation("description", "It should be a/an String", "missing_field")
      return { status: 201, body: world.change(entity, "create", null, fields) }
    case "PUT":
      if (found === null) return { status: 405 }
      return { status: 200, body: world.change(entity, "update", found.id, fields) }
    case "DELETE":
      if (found === null) return { status: 405 }
      return world.change(entity, "delete", found.id, {}) === null ? notFound : { status: 204 }
    default:
      return { status: 405 }
  }
}

const list = (world: World, entity: EntityName, request: ApiRequest, now: EpochMillis): ApiAnswer => {
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
    if (since === null) found = found.filter((record) => Date.parse(record.created_at) > now - 30 * 86_400_000)
  }
  if (since !== null) {
    const from = toWholeSecondIso(Date.parse(since))
    found = found.filter((record) => record.updated_at >= from)
  }
  const field = entity === "ticket" ? (query.get("order_by") ?? "created_at") : entity === "contact" ? "name" : "id"
  const direction = entity === "ticket" && query.get("order_type") !== "asc" ? -1 : 1
  found.sort((a, b) => {
    const [left, right] = [a[field] as string | number, b[field] as string | number]
    return left < right ? -direction : left > right ? direction : (a.id - b.id) * direction
  })
  return paged(request, found, 30, (record) => embed(world, entity, withoutDescription(entity, record), query))
}

const withoutDescription = (entity: EntityName, record: Entity): Entity => {
  if (entity !== "ticket") return record
  const { description, description_text, ...rest } = record
  return rest as Entity
}

const paged = (
  request: ApiRequest,
  found: ReadonlyArray<Entity>,
  usual: number,
  show: (record: Entity) => unknown = (record) => record
): ApiAnswer => {
  const perPage = Number(request.query.get("per_page") ?? usual)
  const page = Number(request.query.get("page") ?? 1)
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > freshdesk.maxPerPage)
    return validation("per_page", "It should be a Positive Integer less than or equal to 100")
  if (!Number.isInteger(page) || page < 1) return validation("page", "It should be a Positive Integer")
  if (page > freshdesk.pageCeiling)
    return validation(
      "page",
      `You cannot access tickets beyond the ${freshdesk.pageCeiling}th page. Please provide a smaller page number.`
    )
  const from = (page - 1) * perPage
  const headers: Record<string, string> = {}
  if (found.length > from + perPage) {
    const next = new URLSearchParams(request.query)
    next.set("page", String(page + 1))
    headers["link"] = `<${request.origin}${request.path}?${next}>; rel="next"`
  }
  return { status: 200, headers, body: found.slice(from, from + perPage).map(show) }
}

const embed = (world: World, entity: EntityName, record: Entity, query: URLSearchParams): Record<string, unknown> => {
  const include = query.get("include")?.split(",") ?? []
  if (entity !== "ticket" || include.length === 0) return record
  const embedded: Record<string, unknown> = {}
  if (include.includes("stats"))
    embedded["stats"] = {
      resolved_at: record["status"] === 4 ? record.updated_at : null,
      closed_at: record["status"] === 5 ? record.updated_at : null,
      first_responded_at: null
    }
  if (include.includes("requester")) {
    const requester = world.read("contact", record["requester_id"] as number)
    if (requester !== null)
      embedded["requester"] = {
        id: requester.id,
        name: requester["name"],
        email: requester["email"],
        phone: requester["phone"],
        mobile: requester["mobile"]
      }
  }
  if (include.includes("conversations")) embedded["conversations"] = world.conversationsOf(record.id).slice(0, 10)
  return { ...record, ...embedded }
}

const search = (world: World, request: ApiRequest, entity: EntityName | undefined): ApiAnswer => {
  if (entity === undefined || request.method !== "GET") return notFound
  const matches = parseTicketQuery(request.query.get("query") ?? "")
  if (matches === null)
    return validation("query", "Query is invalid: put it in double quotes, as field:value joined by AND or OR")
  const page = Number(request.query.get("page") ?? 1)
  if (!Number.isInteger(page) || page < 1 || page > 10)
    return validation("page", "It should be a Positive Integer less than or equal to 10")
  const found = world
    .readable(entity)
    .filter((record) => record["deleted"] !== true && record["spam"] !== true && matches(record))
    .sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : b.id - a.id))
  return { status: 200, body: { total: found.length, results: found.slice((page - 1) * 30, page * 30) } }
}
