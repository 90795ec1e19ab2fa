/** Requests and answers of a simulated API, and the behaviour that the products' APIs share. */
import type { EpochMillis } from "../domain/Time.js"
import type { Entity } from "./Entity.js"
import type { World } from "./World.js"

export interface ApiRequest {
  readonly method: string
  /** Below the API's own prefix: `/tickets/7`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  /** The part of a link in front of `path`. */
  readonly base: string
}

/** An endpoint's answer, before it is written to the socket. */
export interface ApiAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Api = (request: ApiRequest, now: EpochMillis) => ApiAnswer

export const notFound: ApiAnswer = { status: 404 }
export const notAllowed: ApiAnswer = { status: 405 }

export const validation = (field: string, message: string, code = "invalid_value"): ApiAnswer => ({
  status: 400,
  body: { description: "Validation failed", errors: [{ field, message, code }] }
})

export const asFields = (body: unknown): Entity =>
  typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Entity) : {}

export const timeOf = (record: Entity, field: string): number => Date.parse(String(record[field]))

/** Sorted by a number that each record has, read once; equal ones by id. */
export const sortedBy = (
  records: ReadonlyArray<Entity>,
  value: (record: Entity) => number,
  direction: 1 | -1
): Array<Entity> =>
  records
    .map((record) => ({ record, value: value(record), id: Number(record["id"]) }))
    .sort((a, b) => (a.value - b.value) * direction || (a.id - b.id) * direction)
    .map(({ record }) => record)

/** POST, PUT and DELETE on one entity type; `wrap` puts the answer into the product's shape. */
export const write = (
  world: World,
  entity: string,
  found: Entity | null,
  request: ApiRequest,
  wrap: (record: Entity) => unknown = (record) => record,
  fields: Entity = asFields(request.body)
): ApiAnswer => {
  const { idField } = world.model.entities[entity]!
  switch (request.method) {
    case "POST":
      return found === null ? { status: 201, body: wrap(world.change(entity, "create", null, fields)!) } : notAllowed
    case "PUT": {
      if (found === null) return notAllowed
      const changed = world.change(entity, "update", found[idField] as number | string, fields)
      return changed === null ? notFound : { status: 200, body: wrap(changed) }
    }
    case "DELETE":
      if (found === null) return notAllowed
      return world.change(entity, "delete", found[idField] as number | string, {}) === null ? notFound : { status: 204 }
    default:
      return notAllowed
  }
}

/** `page` and `per_page` with a `Link` to the next page, and a ceiling. */
export const linkedPage = (
  request: ApiRequest,
  found: ReadonlyArray<Entity>,
  rules: { readonly usual: number; readonly most: number; readonly ceiling: number },
  shape: (items: ReadonlyArray<Entity>) => unknown
): ApiAnswer => {
  const perPage = Number(request.query.get("per_page") ?? rules.usual)
  const page = Number(request.query.get("page") ?? 1)
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > rules.most)
    return validation("per_page", `It should be a Positive Integer less than or equal to ${rules.most}`)
  if (!Number.isInteger(page) || page < 1) return validation("page", "It should be a Positive Integer")
  if (page > rules.ceiling)
    return validation(
      "page",
      `You cannot access items beyond the ${rules.ceiling}th page. Please provide a smaller page number.`
    )
  const from = (page - 1) * perPage
  const headers: Record<string, string> = {}
  if (found.length > from + perPage) {
    const next = new URLSearchParams(request.query)
    next.set("page", String(page + 1))
    headers["link"] = `<${request.base}${request.path}?${next}>; rel="next"`
  }
  return { status: 200, headers, body: shape(found.slice(from, from + perPage)) }
}
