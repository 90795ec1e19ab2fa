/**
 * Assigns each call to its stream: integration, principal, account, endpoint and query shape. URLs and credentials go
 * no further: the recording has templates, shapes and fingerprints.
 */
import { createHash } from "node:crypto"
import { fingerprint, identifyingPart } from "../../domain/Principal.js"
import { shapeQuery } from "../../domain/Query.js"
import { plainPath } from "../../domain/RequestTarget.js"
import { isPlainName } from "../../domain/Sensitive.js"
import {
  type CatalogueEndpoint,
  endpointMatcher,
  type MatchedEndpoint,
  type Provider,
  providerOf
} from "../../providers/index.js"
import { type Database, makeStreamIds, saltOf } from "../../store/index.js"
import { LruCache } from "../LruCache.js"
import type { Observation } from "../Observation.js"
import { type HostLookup, recordedHosts } from "../settings/RecordedHosts.js"

export interface PlacedCall {
  readonly stream: number
  readonly integration: string
  readonly page: number | null
  readonly since: number | null
  readonly subject: string | null
  readonly provider: Provider | null
  readonly endpoint: CatalogueEndpoint | null
  readonly template: string
}

export interface CallStreams {
  /** `null` when the host is not recorded. */
  readonly place: (seen: Observation) => PlacedCall | null
  /** Forgets the ids of streams that were rolled back. */
  readonly forget: () => void
}

/**
 * `crm-sync/2.1 (linux)` → `crm-sync`; `unknown` without a product token. A number at its end tells instances apart,
 * and stays.
 */
export const productToken = (userAgent: string | null): string => {
  const token = /^[^/\s(]{1,60}/.exec(userAgent ?? "")?.[0] ?? ""
  return isPlainName(token.replace(/(?<=[A-Za-z])[._-]v?\d{1,3}$/, "")) ? token : "unknown"
}

export const makeCallStreams = (
  database: Database,
  options: { readonly hosts: ReadonlyArray<string>; readonly integration: string | null }
): CallStreams => {
  const salt = saltOf(database)
  const lookup: HostLookup = recordedHosts(options.hosts)
  const matchers = new Map<string | null, (method: string, path: string) => MatchedEndpoint>()
  const principals = new LruCache<string, string>(1_000)
  const placed = new LruCache<string, PlacedCall>(5_000)
  /** As `placed`, by the request's number within this process. */
  const placedRequests = new LruCache<number, PlacedCall>(5_000)
  const streams = makeStreamIds(database)

  const principalOf = (authorization: string | null): string => {
    if (authorization === null) return ""
    let principal = principals.get(authorization)
    if (principal === undefined) {
      principal = fingerprint(identifyingPart(authorization), salt)
      principals.set(authorization, principal)
    }
    return principal
  }

  /**
   * An id at a place that the catalogue knows is kept; elsewhere many digits may be a telephone number, and are
   * hashed.
   */
  const keptSubject = ({ endpoint, subject }: MatchedEndpoint): string | null =>
    subject === null || endpoint !== null || subject.length <= 9
      ? subject
      : `#${createHash("sha256").update(salt).update(subject).digest("hex").slice(0, 12)}`

  const place = (seen: Observation): PlacedCall | null => {
    if (seen.requestId === null) return placeWords(seen)
    const known = placedRequests.get(seen.requestId)
    if (known !== undefined) return known
    const call = placeWords(seen)
    if (call !== null) placedRequests.set(seen.requestId, call)
    return call
  }

  const placeWords = (seen: Observation): PlacedCall | null => {
    const integration = options.integration ?? productToken(seen.userAgent)
    const key = `${integration}\0${seen.method} ${seen.url}\0${seen.authorization}`
    const known = placed.get(key)
    if (known !== undefined) return known
    if (!URL.canParse(seen.url)) return null
    const url = new URL(seen.url)
    const path = plainPath(url.pathname)
    const host = lookup(url.host, path)
    if (host === null) return null
    const provider = providerOf(host.product)
    const match = matchers.get(host.product) ?? endpointMatcher(provider)
    matchers.set(host.product, match)
    // A stand-in may serve a product below another path.
    const from = provider?.pathPrefixes.map((prefix) => path.indexOf(`${prefix}/`)).find((at) => at !== -1) ?? 0
    const method = /^[A-Z]{1,16}$/.test(seen.method) ? seen.method : "OTHER"
    const matched = match(method, path.slice(from))
    const { page, shape, since } = shapeQuery(url.search, salt)
    const stream = streams.idOf({
      integration,
      principal: principalOf(seen.authorization),
      product: host.product ?? "",
      account: host.account,
      method,
      template: matched.template,
      query: shape
    })
    const call: PlacedCall = {
      stream,
      integration,
      page,
      since,
      subject: keptSubject(matched),
      provider,
      endpoint: matched.endpoint,
      template: matched.template
    }
    placed.set(key, call)
    return call
  }

  return {
    place,
    forget: () => {
      streams.forget()
      placed.clear()
      placedRequests.clear()
    }
  }
}
