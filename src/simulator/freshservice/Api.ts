/** The simulated Freshservice API: lists wrapped in their name, `Link`, `updated_since` where the product has it. */
import { freshservice } from "../../providers/index.js"
import {
  type Api,
  type ApiAnswer,
  type ApiRequest,
  accessDenied,
  asFields,
  invalid,
  isTime,
  linkedPage,
  notAmong,
  notATime,
  notFound,
  sortedBy,
  timeOf,
  usualWindowMs,
  validation,
  write
} from "../Api.js"
import { callerFilters, halfOf, seenBy, userOf } from "../Callers.js"
import type { Entity, EntityId } from "../Entity.js"
import { parseQuery } from "../QueryLanguage.js"
import { unitOf } from "../Randomness.js"
import type { World } from "../World.js"

const collections: Readonly<Record<string, string>> = {
  tickets: "ticket",
  changes: "change",
  problems: "problem",
  releases: "release",
  assets: "asset",
  requesters: "requester",
  agents: "agent"
}
const narrowed = new Set(["ticket", "change", "problem", "release"])
/** Lists that show the last 30 days by creation unless they are asked by time [docs]. */
const windowed = new Set(["ticket", "change"])
const allowedValues: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  ticket: { filter: ["new_and_my_open", "watching", "spam", "deleted"], order_type: ["asc", "desc"] },
  change: { order_type: ["asc", "desc"] }
}
/** Entity types of which a restricted requester's or agent's key sees a part. */
const halved = halfOf({
  ...Object.fromEntries(["ticket", "change", "problem", "release", "requester"].map((name) => [name, "id"])),
  asset: "display_id"
})
const pageRules = { usual: 30, most: freshservice.maxPerPage, ceiling: freshservice.pageCeiling }

/** `workspaces`: of one, all fields are global. */
export const freshserviceApi =
  (account: World, workspaces = 1): Api =>
  (request, now) => {
    const world = request.caller.restricted ? seenBy(account, halved) : account
    const [collection = "", id, child] = request.path.slice(1).split("/")
    const entity = collections[collection]
    if (entity === undefined) return notFound
    if (id === undefined || (entity === "ticket" && id === "filter"))
      return request.method === "GET"
        ? list(world, entity, collection, request, now, workspaces)
        : entity === "ticket" && asFields(request.body)["subject"] === undefined
          ? validation("subject", "It should be a/an String", "missing_field")
          : write(world, entity, null, request, (record) => ({ [entity]: record }))
    if (!/^\d+$/.test(id)) return notFound
    const found = world.read(entity, Number(id))
    if (found === null) return account.read(entity, Number(id)) === null ? notFound : accessDenied
    if (child === "conversations" && entity === "ticket")
      return linkedPage(request, world.childrenOf("conversation", Number(id)), pageRules, (conversations) => ({
        conversations
      }))
    if ((child === "reply" || child === "notes") && request.method === "POST")
      return {
        status: 201,
        body: {
          conversation: world.change("conversation", "create", null, {
            ...asFields(request.body),
            ticket_id: Number(id),
            incoming: false
          })
        }
      }
    if (child !== undefined) return notFound
    if (request.method !== "GET") return write(world, entity, found, request, (record) => ({ [entity]: record }))
    if (found["deleted"] === true && entity !== "ticket") return notFound
    return { status: 200, body: { [entity]: entity === "ticket" ? inWorkspace(found, workspaces) : found } }
  }

/** Without `workspace_id` the list shows the primary workspace's tickets, with 0 those of all. */
const primaryWorkspace = 1
const allWorkspaces = 0
/** A ticket that names none is in the primary one; where there are several, in any one for ever. */
const workspaceOf = ({ id, workspace_id: workspace }: Entity, workspaces: number): number =>
  Number(
    workspace ??
      (workspaces === 1 ? primaryWorkspace : 1 + Math.floor(unitOf(0, `workspace ${String(id)}`) * workspaces))
  )

/** A ticket as the API of such an account shows it. */
export const inWorkspace = (record: Entity, workspaces: number): Entity =>
  workspaces === 1 ? record : { ...record, workspace_id: workspaceOf(record, workspaces) }

/** A list of all workspaces shows global fields only [docs]; that custom fields are each workspace's own is assumed. */
const withGlobalFields = (record: Entity, workspaces: number): Entity =>
  workspaces === 1 ? record : { ...record, custom_fields: {} }

const list = (
  world: World,
  entity: string,
  collection: string,
  request: ApiRequest,
  now: number,
  workspaces: number
): ApiAnswer => {
  const { query } = request
  const errors = notAmong(query, allowedValues[entity] ?? {})
  if (errors.length > 0) return invalid(errors)
  const hidden = query.get("filter")
  const text = query.get("query") ?? (entity === "asset" ? hidden : null)
  const { updatedAtField } = world.model.entities[entity]!
  let found = world.readable(entity).filter((record) => (hidden === "deleted") === (record["deleted"] === true))
  const workspace = Number(query.get("workspace_id") ?? primaryWorkspace)
  if (entity === "ticket") {
    found = found.filter((record) => workspace === allWorkspaces || workspaceOf(record, workspaces) === workspace)
    found = found.filter((record) => (hidden === "spam") === (record["spam"] === true && hidden !== "deleted"))
    found = found.filter(ticketsFor(world, request))
  }
  if (text !== null) {
    const matches = parseQuery(text)
    if (matches === null) return validation("query", "Query is invalid")
    found = found.filter(matches)
  }
  const since = narrowed.has(entity) ? query.get("updated_since") : null
  if (since !== null) {
    if (!isTime(since)) return invalid([notATime("updated_since")])
    const from = Math.floor(Date.parse(since) / 1000) * 1000
    found = found.filter((record) => timeOf(record, updatedAtField!) >= from)
  }
  if (since === null && text === null && windowed.has(entity))
    found = found.filter((record) => timeOf(record, "created_at") > now - usualWindowMs)
  const field = query.get("order_by") ?? "created_at"
  const direction = query.get("order_type") === "asc" ? 1 : -1
  if (narrowed.has(entity)) found = sortedBy(found, (record) => timeOf(record, field), direction)
  else found = sortedBy(found, (record) => Number(record[world.model.entities[entity]!.idField]), 1)
  const shown = (record: Entity): Entity =>
    workspace === allWorkspaces
      ? withGlobalFields(inWorkspace(record, workspaces), workspaces)
      : inWorkspace(record, workspaces)
  return linkedPage(request, found, pageRules, (items) => ({
    [collection]: entity === "ticket" ? items.map(shown) : items
  }))
}

/** `requester_id` and `email`, and the filters that depend on who asks [docs]. */
const ticketsFor = (world: World, { caller, query }: ApiRequest): ((ticket: Entity) => boolean) => {
  const byCaller = callerFilters[query.get("filter") ?? ""]
  const people = world.model.actors.people.id
  const agents = () => world.readable("agent").filter(({ id }) => id !== people)
  const me = byCaller === undefined ? null : ((userOf(caller, agents())?.["id"] as EntityId | undefined) ?? null)
  const [email, requester] = [query.get("email"), query.get("requester_id")]
  const named =
    email === null ? null : world.readable("requester").filter(({ primary_email: address }) => address === email)
  return (ticket) =>
    (requester === null || String(ticket["requester_id"]) === requester) &&
    (named === null || named.some(({ id }) => id === ticket["requester_id"])) &&
    (byCaller === undefined || byCaller(ticket, me))
}
