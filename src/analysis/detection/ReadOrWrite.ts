/** Which calls read, which may write, and which do neither. Pure. */
import type { Stream } from "../../domain/Call.js"
import { cataloguedEndpoint, providerOf } from "../../providers/index.js"

/** Path segments that name a query: anywhere in the path, and at its end. */
const queries = /^(?:_?m?search|filtered_search|lookup|graphql)$/i
const queriesAtEnd = /^(?:query|filter|find|_?count)$|:(?:search|query|list|batchGet)$/i

/**
 * A POST that queries: a search in a provider's catalogue, or a path that names a query. A GraphQL call may be a
 * mutation, which its path does not tell: it counts as a query.
 */
const queriesByPost = ({ method, product, template }: Stream): boolean => {
  if (method !== "POST") return false
  if (cataloguedEndpoint(providerOf(product), method, template)?.kind === "search") return true
  const segments = template.split("/").filter((segment) => segment !== "")
  return segments.some((segment) => queries.test(segment)) || queriesAtEnd.test(segments.at(-1) ?? "")
}

export const isRead = (stream: Stream): boolean =>
  stream.method === "GET" || stream.method === "HEAD" || queriesByPost(stream)

/** Neither reads nor changes an entity, such as a browser's preflight. */
export const isProbe = ({ method }: Stream): boolean => /^(?:OPTIONS|TRACE|CONNECT)$/.test(method)

export const isWrite = (stream: Stream): boolean => !isRead(stream) && !isProbe(stream)
