/** The simulated Freshchat API: users, what lies beneath them, pages by `links.next_page`. */
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
import { halfOf, seenBy } from "../Callers.js"
import type { Entity } from "../Entity.js"
import type { World } from "../World.js"

const mostPerPage = 20

const paged = (request: ApiRequest, name: string, found: ReadonlyArray<Entity>): ApiAnswer => {
  const perPage = Number(request.query.get("items_per_page") ?? 10)
  const page = Number(request.query.get("page") ?? 1)
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > mostPerPage)
    return validation("items_per_page", `It should be 1 to ${mostPerPage}`)
  if (!Number.isInteger(page) || page < 1) return validation("page", "It should be a Positive Integer")
  const pages = Math.max(1, Math.ceil(found.length / perPage))
  const link = (to: number) => {
    const query = new URLSearchParams(request.query)
    query.set("page", String(to))
    return { href: `${request.base}${request.path}?${query}`, rel: "link", method: "GET" }
  }
  return {
    status: 200,
    body: {
      [name]: found.slice((page - 1) * perPage, page * perPage),
      pagination: { total_items: found.length, total_pages: pages, current_page: page, items_per_page: perPage },
      links: {
        first_page: link(1),
        last_page: link(pages),
        ...(page < pages ? { next_page: link(page + 1) } : {})
      }
    }
  }
}

/** Entity types of which a key with less than the account's rights sees a part. */
const halved = halfOf({ user: "id", conversation: "conversation_id" })

const alive = (record: Entity): boolean => record["deleted"] !== true

export const freshchatApi =
  (account: World): Api =>
  (request) => {
    const world = request.caller.restricted ? seenBy(account, halved) : account
    const [collection = "", id, child] = request.path.slice(1).split("/")
    if (collection === "users" && id === undefined && request.method === "GET") return users(world, request)
    if ((collection === "agents" || collection === "channels") && id === undefined && request.method === "GET") {
      const name = collection.slice(0, -1)
      return paged(request, collection, world.readable(name).filter(alive))
    }
    const entity = { users: "user", agents: "agent", conversations: "conversation" }[collection]
    if (entity === undefined) return notFound
    if (id === undefined) return write(world, entity, null, request)
    const found = world.read(entity, id)
    if (found === null || !alive(found)) return notFound
    if (entity === "user" && child === "conversations")
      return {
        status: 200,
        body: {
          conversations: world.childrenOf("conversation", id).map((record) => ({
            id: record["conversation_id"],
            link: { href: `${request.base}/conversations/${String(record["conversation_id"])}` }
          }))
        }
      }
    if (entity === "conversation" && child === "messages") {
      if (request.method === "POST")
        return {
          status: 201,
          body: world.change("message", "create", null, {
            ...asFields(request.body),
            conversation_id: id,
            user_id: found["user_id"]
          })
        }
      const from = request.query.get("from_time")
      const messages = sortedBy(
        world
          .childrenOf("message", id)
          .filter((record) => from === null || timeOf(record, "created_time") >= Date.parse(from)),
        (record) => timeOf(record, "created_time"),
        -1
      )
      return paged(request, "messages", messages)
    }
    if (child !== undefined) return notFound
    return request.method === "GET" ? { status: 200, body: found } : write(world, entity, found, request)
  }

const users = (world: World, request: ApiRequest): ApiAnswer => {
  const [from, to] = [request.query.get("updated_from"), request.query.get("updated_to")]
  for (const [name, value] of [
    ["updated_from", from],
    ["updated_to", to]
  ] as const)
    if (value !== null && Number.isNaN(Date.parse(value)))
      return validation(name, "It should be a time", "invalid_date")
  const found = world
    .readable("user")
    .filter(
      (record) =>
        alive(record) &&
        (from === null || timeOf(record, "updated_time") >= Date.parse(from)) &&
        (to === null || timeOf(record, "updated_time") <= Date.parse(to))
    )
  return paged(
    request,
    "users",
    sortedBy(found, (record) => timeOf(record, "updated_time"), 1)
  )
}
