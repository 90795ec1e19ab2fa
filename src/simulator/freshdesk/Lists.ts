/**
 * Freshdesk's lists: filters, orders and windows as its documentation has them, and 400 for everything else [docs,
 * field]. Unknown parameters are refused as well [field].
 */
import { freshdesk } from "../../providers/index.js"
import {
  type ApiAnswer,
  type ApiRequest,
  type FieldError,
  invalid,
  isTime,
  linkedPage,
  notAmong,
  notATime,
  sortedBy,
  timeOf,
  usualWindowMs
} from "../Api.js"
import { callerFilters } from "../Callers.js"
import type { Entity, EntityId } from "../Entity.js"
import type { World } from "../World.js"

export const pageRules = { usual: 30, most: freshdesk.maxPerPage, ceiling: freshdesk.pageCeiling }

const pages = ["page", "per_page"]

/** Parameters of each list. */
const parameters: Readonly<Record<string, ReadonlyArray<string>>> = {
  ticket: [
    ...pages,
    ...["filter", "requester_id", "email", "company_id", "unique_external_id"],
    ...["updated_since", "order_by", "order_type", "include"]
  ],
  contact: [...pages, ...["email", "mobile", "phone", "company_id", "state", "unique_external_id", "_updated_since"]],
  company: pages,
  agent: [...pages, "email", "mobile", "phone", "state"],
  group: pages
}

const allowedValues: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  ticket: {
    filter: ["new_and_my_open", "watching", "spam", "deleted"],
    order_type: ["asc", "desc"],
    order_by: ["created_at", "due_by", "updated_at", "status"],
    // Connectors ask for the company as well [field].
    include: ["requester", "stats", "description", "company"]
  },
  contact: { state: ["blocked", "deleted", "unverified", "verified"] },
  agent: { state: ["fulltime", "occasional"] }
}

const timeFilters: Readonly<Record<string, string>> = { ticket: "updated_since", contact: "_updated_since" }
const idFilters = ["requester_id", "company_id"]

/** The fault of a list's query. */
const errorsIn = (entity: string, query: URLSearchParams): ReadonlyArray<FieldError> => {
  const known = parameters[entity] ?? pages
  const unknown = [...new Set(query.keys())].filter((name) => !known.includes(name))
  if (unknown.length > 0)
    return unknown.map((field) => ({
      field,
      message: "Unexpected/invalid field in request",
      code: "invalid_field"
    }))
  const since = query.get(timeFilters[entity] ?? "")
  return [
    ...notAmong(query, allowedValues[entity] ?? {}),
    ...idFilters
      .filter((field) => !/^[1-9]\d*$/.test(query.get(field) ?? "1"))
      .map((field) => ({ field, message: "It should be a/an Positive Integer", code: "datatype_mismatch" })),
    ...(since === null || isTime(since) ? [] : [notATime(timeFilters[entity]!)])
  ]
}

export interface ListOptions {
  /** The account as the caller sees it. */
  readonly seen: World
  readonly now: number
  /** The agent whose key the request shows. */
  readonly agent: () => Entity | null
  readonly shape: (record: Entity) => Entity
}

export const list = (entity: string, plural: string, request: ApiRequest, options: ListOptions): ApiAnswer => {
  const { now, seen, shape } = options
  const { query } = request
  const errors = errorsIn(entity, query)
  if (errors.length > 0) return invalid(errors)
  const since = query.get(timeFilters[entity] ?? "")
  const from = since === null ? null : Math.floor(Date.parse(since) / 1000) * 1000
  const matches = matcherOf(entity, query, from === null ? now - usualWindowMs : null, options)
  const found = seen
    .readable(entity)
    .filter((record) => matches(record) && (from === null || timeOf(record, "updated_at") >= from))
  return linkedPage(request, ordered(entity, found, query), { ...pageRules, items: plural }, (items) =>
    items.map(shape)
  )
}

const ordered = (entity: string, found: ReadonlyArray<Entity>, query: URLSearchParams): ReadonlyArray<Entity> => {
  if (entity === "ticket") {
    const field = query.get("order_by") ?? "created_at"
    const value = field === "status" ? (record: Entity) => Number(record[field]) : (one: Entity) => timeOf(one, field)
    return sortedBy(found, value, query.get("order_type") === "asc" ? 1 : -1)
  }
  if (entity !== "contact") return sortedBy(found, (record) => Number(record["id"]), 1)
  // Contacts come by name [assumed].
  return [...found].sort((a, b) =>
    String(a["name"]) < String(b["name"])
      ? -1
      : String(a["name"]) > String(b["name"])
        ? 1
        : Number(a["id"]) - Number(b["id"])
  )
}

type Matches = (record: Entity) => boolean

const matcherOf = (
  entity: string,
  query: URLSearchParams,
  madeAfter: number | null,
  { agent, seen }: ListOptions
): Matches => {
  switch (entity) {
    case "ticket":
      return ticketsFor(seen, query, madeAfter, agent)
    case "contact":
      return contactsFor(query)
    case "agent":
      return agentsFor(query)
    default:
      return ({ deleted }) => deleted !== true
  }
}

/** The given ones of these parameters, each equal to the record's field. */
const equalTo = (query: URLSearchParams, names: ReadonlyArray<string>, at = (record: Entity) => record): Matches => {
  const given = names.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name)] as const]))
  return (record) => given.every(([name, value]) => String(at(record)[name] ?? "") === value)
}

/** Spam and deleted tickets have lists of their own; without a time filter old ones are left out (by creation). */
const ticketsFor = (
  seen: World,
  query: URLSearchParams,
  madeAfter: number | null,
  agent: () => Entity | null
): Matches => {
  const filter = query.get("filter")
  const fields = equalTo(query, idFilters)
  const byCaller = callerFilters[filter ?? ""]
  const me = byCaller === undefined ? null : ((agent()?.["id"] as EntityId | undefined) ?? null)
  const requester = query.has("email") || query.has("unique_external_id") ? requesters(seen, query) : null
  return (ticket) =>
    (filter === "deleted") === (ticket["deleted"] === true) &&
    (filter === "deleted" || (filter === "spam") === (ticket["spam"] === true)) &&
    (madeAfter === null || timeOf(ticket, "created_at") > madeAfter) &&
    fields(ticket) &&
    (requester === null || requester.has(ticket["requester_id"])) &&
    (byCaller === undefined || byCaller(ticket, me))
}

/** Contacts that a ticket list's `email` or `unique_external_id` names. */
const requesters = (seen: World, query: URLSearchParams): ReadonlySet<unknown> => {
  const named = equalTo(query, ["email", "unique_external_id"])
  return new Set(
    seen
      .readable("contact")
      .filter(named)
      .map(({ id }) => id)
  )
}

/** Deleted and blocked contacts show only when asked for [docs]. */
const contactsFor = (query: URLSearchParams): Matches => {
  const state = query.get("state")
  const fields = equalTo(query, ["email", "mobile", "phone", "company_id", "unique_external_id"])
  const isIn: Readonly<Record<string, Matches>> = {
    deleted: ({ deleted }) => deleted === true,
    blocked: ({ blocked, deleted }) => blocked === true && deleted !== true,
    verified: (record) => isActive(record) && record["active"] === true,
    unverified: (record) => isActive(record) && record["active"] !== true
  }
  const isActive: Matches = ({ blocked, deleted }) => blocked !== true && deleted !== true
  const matches = state === null ? isActive : isIn[state]!
  return (record) => matches(record) && fields(record)
}

const agentsFor = (query: URLSearchParams): Matches => {
  const state = query.get("state")
  const fields = equalTo(query, ["email", "mobile", "phone"], (agent) => (agent["contact"] ?? {}) as Entity)
  return (agent) =>
    agent["deleted"] !== true &&
    (state === null || (state === "occasional") === (agent["occasional"] === true)) &&
    fields(agent)
}
