/** Which calls read, and which may change something. Pure. */
import type { Stream } from "../../domain/Call.js"
import { cataloguedEndpoint, providerOf } from "../../providers/index.js"

/** Segments that name a question, wherever in the path they stand, and those that do so at its end. */
const questions = /^(?:_?m?search|filtered_search|lookup|graphql)$/i
const lastQuestions = /^(?:query|filter|find|_?count)$|:(?:search|query|list|batchGet)$/i

/**
 * A POST that carries a question: a search that a catalogue knows, or a path that names one. A GraphQL call may be a
 * mutation, which its path does not tell: a write is claimed of none.
 */
const asksByPost = ({ method, product, template }: Stream): boolean => {
  if (method !== "POST") return false
  if (cataloguedEndpoint(providerOf(product), method, template)?.kind === "search") return true
  const segments = template.split("/").filter((segment) => segment !== "")
  return segments.some((segment) => questions.test(segment)) || lastQuestions.test(segments.at(-1) ?? "")
}

export const isRead = (stream: Stream): boolean =>
  stream.method === "GET" || stream.method === "HEAD" || asksByPost(stream)

/** Asks what would be allowed, and neither reads nor changes an entity: a browser's preflight. */
export const isProbe = ({ method }: Stream): boolean => /^(?:OPTIONS|TRACE|CONNECT)$/.test(method)

export const isWrite = (stream: Stream): boolean => !isRead(stream) && !isProbe(stream)
