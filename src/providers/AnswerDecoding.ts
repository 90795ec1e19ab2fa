/**
 * Decodes an answer by its documented shape. A list may leave out items that are not as documented, each reported to
 * the caller, so that one item does not hide the others of its page.
 */
import { Effect, ParseResult, Schema } from "effect"
import { isRecord } from "../domain/Json.js"
import type { Unreadable } from "./EntityReader.js"
import type { CatalogueEndpoint, Provider } from "./Provider.js"

export interface AnswerShape<A, I> {
  readonly schema: Schema.Schema<A, I>
  /** The requested thing, as a message names it. */
  readonly what: string
  readonly endpoint: CatalogueEndpoint | null
}

export const decodeAnswer = <A, I>(
  provider: Provider,
  { endpoint, schema, what }: AnswerShape<A, I>,
  body: unknown,
  onUnreadable: ((item: Unreadable) => Effect.Effect<void>) | undefined
): Effect.Effect<A, ParseResult.ParseError> => {
  if (onUnreadable === undefined || endpoint === null || !lists.has(endpoint.kind))
    return Schema.decodeUnknown(schema)(body)
  const decode = Schema.decodeUnknown(schema, { errors: "all" })
  return Effect.catchAll(decode(body), (error) => {
    const rest = withoutUnreadable(body, endpoint, error)
    if (rest === null) return Effect.fail(error)
    const idField = provider.entities[endpoint.entity ?? ""]?.idField ?? "id"
    return Effect.zipRight(
      Effect.forEach(rest.unreadable, (item) =>
        onUnreadable({
          entity: endpoint.entity,
          id: idIn(item, idField),
          message: `an item of ${what} is in a shape hookshift does not know: ${wrongPlace(error)}`
        })
      ),
      decode(rest.body)
    )
  })
}

const lists: ReadonlySet<CatalogueEndpoint["kind"]> = new Set(["list", "children"])

const idIn = (item: unknown, field: string): string | null => {
  const id = isRecord(item) ? item[field] : null
  return typeof id === "string" || typeof id === "number" ? String(id) : null
}

/** A list's body without the items in which an error lies; `null` where it lies elsewhere as well. */
const withoutUnreadable = (
  body: unknown,
  { itemsAt }: CatalogueEndpoint,
  error: ParseResult.ParseError
): { readonly body: unknown; readonly unreadable: ReadonlyArray<unknown> } | null => {
  const items = itemsAt === undefined ? body : isRecord(body) ? body[itemsAt] : undefined
  if (!Array.isArray(items)) return null
  const depth = itemsAt === undefined ? 0 : 1
  const places = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ path }) =>
    depth === 0 || path[0] === itemsAt ? path[depth] : undefined
  )
  if (!places.every((place) => typeof place === "number")) return null
  const wrong = new Set(places)
  const kept = items.filter((_, index) => !wrong.has(index))
  return {
    body: itemsAt === undefined ? kept : { ...(body as object), [itemsAt]: kept },
    unreadable: items.filter((_, index) => wrong.has(index))
  }
}

/** The place in the answer that was wrong, without the value that stood there. */
export const wrongPlace = (error: ParseResult.ParseError): string => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const path = issue === undefined || issue.path.length === 0 ? "its outer shape" : issue.path.map(String).join(".")
  const expected =
    issue === undefined ? "" : issue.message.replace(/, actual .*$/s, "").replace(/^is missing$/, "missing")
  return `${path}: ${expected}`
}
