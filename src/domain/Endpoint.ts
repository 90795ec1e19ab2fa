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

/** Behind these stands who is meant, by a name of their own choice. */
const people =
  /^(?:users?|members?|people|persons?|customers?|contacts?|agents?|accounts?|profiles?|visitors?|requesters?|employees?|owners?|authors?|logins?|usernames?|u|by-?_?(?:name|username|login|email))$/i

/** Words for some of the people or for actions on them are not names. */
const ofPeople = new Set(
  "me self current all active inactive deleted search lookup query filter filters find autocomplete suggest list new create update delete bulk bulk_create bulk_update bulk_delete bulk-update bulk-delete batch upsert export import merge count stats view views fields field roles role groups group invite invitations restore activities activity tickets conversations notes tasks settings preferences permissions types status statuses imports exports contact_fields contact-fields company_fields".split(
    " "
  )
)

const templateOf = (segment: string, at: number, all: ReadonlyArray<string>): string => {
  const before = all[at - 1] ?? ""
  const isWord = isApiWord(segment) && (ofPeople.has(segment) || people.test(segment) || !people.test(before))
  if (segment === "" || isWord) return segment
  const known = identifiers.find(([pattern]) => pattern.test(segment))
  return known?.[1] ?? (looksLikeKey(segment) ? "{token}" : "{text}")
}

/** The template of a path that no catalogue knows: only words of an API stay. */
export const inferTemplate = (path: string): string => path.split("/").map(templateOf).join("/")

/** A template as a matcher: `{name}` stands for one segment. */
export const templatePattern = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split("/")
      .map((segment) => (segment.startsWith("{") ? "([^/]+)" : segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
      .join("/")}/?$`
  )
