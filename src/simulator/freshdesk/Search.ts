/** `/search/…`: 30 a page and ten pages at most, and later than the lists where the account's index lags. */
import { type ApiAnswer, type ApiRequest, notFound, sortedBy, timeOf, validation } from "../Api.js"
import type { Sees } from "../Callers.js"
import type { Entity, EntityId } from "../Entity.js"
import { parseQuery } from "../QueryLanguage.js"
import type { World } from "../World.js"

const perPage = 30
const mostPages = 10
const longestQuery = 512

/** Entities as a search finds them now. */
export type SearchIndex = (entity: string, now: number) => ReadonlyArray<Entity>

/** An index that takes each change so many milliseconds after it was made; with 0 it is what the lists show. */
export const makeSearchIndex = (world: World, lagMs: number): SearchIndex => {
  if (lagMs === 0) return (entity) => world.readable(entity)
  const indexed = new Map<string, Map<EntityId, Entity>>()
  for (const [entity, { idField }] of Object.entries(world.model.entities))
    indexed.set(entity, new Map(world.readable(entity).map((record) => [record[idField] as EntityId, record])))
  let taken = 0
  return (entity, now) => {
    for (let change = world.truth[taken]; change !== undefined && change.at + lagMs <= now; ) {
      indexed.get(change.entity)?.set(change.id, change.after)
      change = world.truth[++taken]
    }
    return [...(indexed.get(entity)?.values() ?? [])]
  }
}

export const search = (
  found: (entity: string) => ReadonlyArray<Entity>,
  sees: Sees,
  request: ApiRequest,
  entity: string | undefined
): ApiAnswer => {
  if (entity === undefined || request.method !== "GET") return notFound
  const query = request.query.get("query") ?? ""
  if (query.length > longestQuery)
    return validation(
      "query",
      `Has ${query.length} characters, it can have maximum of ${longestQuery} characters`,
      "too_long"
    )
  const matches = parseQuery(query)
  if (matches === null)
    return validation("query", "Query is invalid: put it in double quotes, as field:value joined by AND or OR")
  const page = Number(request.query.get("page") ?? 1)
  if (!Number.isInteger(page) || page < 1 || page > mostPages)
    return validation("page", `It should be a Positive Integer less than or equal to ${mostPages}`)
  const shown = (record: Entity) => record["deleted"] !== true && record["spam"] !== true && sees(entity, record)
  const results = sortedBy(
    found(entity).filter((record) => shown(record) && matches(record)),
    (record) => timeOf(record, "updated_at"),
    -1
  )
  return { status: 200, body: { total: results.length, results: results.slice((page - 1) * perPage, page * perPage) } }
}
