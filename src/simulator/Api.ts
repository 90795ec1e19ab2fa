/** Requests and answers of a simulated API, and the behaviour that the products' APIs share. */
import type { EpochMillis } from "../domain/Time.js"
import type { Caller } from "./Callers.js"
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
  readonly caller: Caller
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
/** The entity is there, and not for this caller. */
export const accessDenied: ApiAnswer = {
  status: 403,
  body: { code: "access_denied", message: "You are not authorized to perform this action." }
}

export interface FieldError {
  readonly field: string
  readonly message: string
  readonly code: string
}

export const invalid = (errors: ReadonlyArray<FieldError>): ApiAnswer => ({
  status: 400,
  body: { description: "Validation failed", errors }
})

export const validation = (field: string, message: string, code = "invalid_value"): ApiAnswer =>
  invalid([{ field, message, code }])

/** The fault of a query's values that have to be among some; absent ones are right. */
export const notAmong = (query: URLSearchParams, allowed: Readonly<Record<string, ReadonlyArray<string>>>) =>
  Object.entries(allowed).flatMap(([field, values]): ReadonlyArray<FieldError> => {
    const value = query.get(field)
    const given = value === null ? [] : field === "include" ? value.split(",") : [value]
    return given.every((one) => values.includes(one))
      ? []
      : [{ field, message: `It should be one of these values: '${values.join(",")}'`, code: "invalid_value" }]
  })

export const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text))

export const notATime = (field: string): FieldError => ({
  field,
  message: "It should be in the 'combined date and time ISO8601' format",
  code: "invalid_date"
})

/** Tickets and the like that a list without a time filter shows: those made in this time (FRESHWORKS.md). */
export const usualWindowMs = 30 * 86_400_000

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

export interface PageRules {
  readonly usual: number
  readonly most: number
  readonly ceiling: number
}

/** `page` and `per_page` with a `Link` to the next page, and a ceiling; `items` is the refusal's word for them. */
export const linkedPage = (
  request: ApiRequest,
  found: ReadonlyArray<Entity>,
  { items = "items", ...rules }: PageRules & { readonly items?: string },
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
      `You cannot access ${items} beyond the ${rules.ceiling}th page. Please provide a smaller page number.`
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
