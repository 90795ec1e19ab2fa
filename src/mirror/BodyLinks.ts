/**
 * Addresses of the API in the bodies of answers: a program that names the mirror as its base URL gets the mirror's, so
 * that its next request comes here. Only where an endpoint is known to have them, in JSON; no other text is touched.
 */
import type { Target } from "../capture/index.js"
import { isRecord } from "../domain/Json.js"
import { type CatalogueEndpoint, linksInBodyOf, type Provider } from "../providers/index.js"
import { plainBody, type WholeAnswer } from "./Answer.js"
import { apiBases, pathOf } from "./Links.js"
import type { MirrorRequest } from "./Requests.js"

export interface Linking {
  readonly provider: Provider
  readonly endpoint: CatalogueEndpoint | null
  /** The mirror's address for this client. */
  readonly origin: string
  readonly target: Target
}

export const linkingOf = ({ asked, origin, source, target }: MirrorRequest): Linking => ({
  provider: source.provider,
  endpoint: asked.endpoint,
  origin,
  target
})

/** The answer with the mirror's addresses; `null` where it has none of the provider's. */
export const withOwnLinks = (linking: Linking, answer: WholeAnswer): WholeAnswer | null => {
  const { endpoint, provider } = linking
  if (endpoint === null || answer.status !== 200) return null
  if (linksInBodyOf(provider, endpoint).length === 0 || !/\bjson\b/i.test(String(answer.headers["content-type"] ?? "")))
    return null
  const plain = plainBody(answer)
  const body = plain === null ? null : bodyWithOwnLinks(linking, plain)
  if (body === null) return null
  const { "content-encoding": _, ...headers } = answer.headers
  return { ...answer, headers, body }
}

/** The same of a JSON text. */
export const bodyWithOwnLinks = ({ endpoint, origin, provider, target }: Linking, plain: Buffer): Buffer | null => {
  const places = endpoint === null ? [] : linksInBodyOf(provider, endpoint)
  if (places.length === 0) return null
  const body = parseExactly(plain.toString("utf8"))
  const bases = apiBases(origin, target)
  let changed = false
  const moved = (address: unknown): unknown => {
    const other = typeof address === "string" ? ownAddress(address, bases) : null
    if (other === null) return address
    changed = true
    return other
  }
  for (const place of places) visit(body, place.split("."), moved)
  return changed ? Buffer.from(JSON.stringify(body), "utf8") : null
}

/** `null` for an address of anything else. A path leads from the origin that was asked. */
const ownAddress = (address: string, { mirror, provider }: ReturnType<typeof apiBases>): string | null => {
  const [from, to] = address.startsWith("/") ? [pathOf(provider), pathOf(mirror)] : [provider, mirror]
  if (from === to || !address.startsWith(`${from}/`)) return null
  return `${to}${address.slice(from.length)}`
}

const visit = (
  value: unknown,
  [name = "", ...rest]: ReadonlyArray<string>,
  moved: (value: unknown) => unknown
): void => {
  if (!isRecord(value) && !Array.isArray(value)) return
  const holder = value as Record<string, unknown>
  const names = name === "*" ? Object.keys(holder) : Object.hasOwn(holder, name) ? [name] : []
  for (const member of names) {
    if (rest.length > 0) visit(holder[member], rest, moved)
    else holder[member] = moved(holder[member])
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown
const json = JSON as unknown as {
  readonly parse: (text: string, reviver: Reviver) => unknown
  readonly rawJSON: (text: string) => unknown
}

/** Numbers keep their text: some have more digits than a number holds. */
const parseExactly = (text: string): unknown =>
  json.parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined ? json.rawJSON(source) : value
  )
