/**
 * Endpoints: method and path template. A provider's catalogue names its own templates; for everything else
 * the template is inferred, so that ids, UUIDs, hashes, addresses and keys in a path become parameters.
 */
import { isApiWord, looksLikeKey } from "./Sensitive.js"

/** `GET /api/v2/tickets/{id}` */
export type EndpointName = string

export const endpointName = (method: string, template: string): EndpointName => `${method} ${template}`

const identifiers: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\d+$/, "{id}"],
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, "{uuid}"],
  [/^[^/@\s]+(?:@|%40)[^/@\s]+$/i, "{email}"],
  [/^(?:\+|%2B)?[\d().-]{6,20}$/i, "{phone}"],
  [/^[0-9a-f]{16,}$/i, "{hash}"]
]

const templateOf = (segment: string): string => {
  if (segment === "" || isApiWord(segment)) return segment
  const known = identifiers.find(([pattern]) => pattern.test(segment))
  return known?.[1] ?? (looksLikeKey(segment) ? "{token}" : "{text}")
}

/** The template of a path that no catalogue knows: only what is a word of an API stays as it is. */
export const inferTemplate = (path: string): string => path.split("/").map(templateOf).join("/")

/** A template as a matcher: `{name}` stands for one segment. */
export const templatePattern = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split("/")
      .map((segment) => (segment.startsWith("{") ? "([^/]+)" : segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
      .join("/")}/?$`
  )
