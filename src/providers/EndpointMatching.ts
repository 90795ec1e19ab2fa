/** Finds a recorded call's endpoint in a provider's catalogue. Pure. */
import { inferTemplate, templatePattern } from "../domain/Endpoint.js"
import type { CatalogueEndpoint, Provider } from "./Provider.js"

export interface MatchedEndpoint {
  readonly template: string
  readonly endpoint: CatalogueEndpoint | null
  readonly subject: string | null
}

/** Values of path parameters: ids are numbers or UUIDs, other parameters are words; no other value matches. */
const parameterPatterns: Readonly<Record<string, RegExp>> = {
  "{id}": /^\d{1,20}$/,
  "{number}": /^\d{1,20}$/,
  "{uuid}": /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
}
const word = /^[\w.-]{1,64}$/

/** A matcher over a provider's catalogue; compiled once, used for every recorded call. */
export const endpointMatcher = (provider: Provider | null): ((method: string, path: string) => MatchedEndpoint) => {
  const compiled = (provider?.endpoints ?? []).map((endpoint) => {
    const parameters = endpoint.template.match(/\{\w+\}/g) ?? []
    return { endpoint, parameters, pattern: templatePattern(endpoint.template) }
  })
  // A fixed segment is the better match: `/tickets/outbound_email` before `/tickets/{id}`.
  compiled.sort((a, b) => a.parameters.length - b.parameters.length)
  return (method, path) => {
    let sameTemplate: MatchedEndpoint | null = null
    for (const { endpoint, parameters, pattern } of compiled) {
      const match = pattern.exec(path)
      if (match === null) continue
      const values = match.slice(1)
      if (values.some((value, at) => !(parameterPatterns[parameters[at]!] ?? word).test(value))) continue
      // A value that is not an id may be a name: it is not kept.
      const subject = values.find((_, at) => parameterPatterns[parameters[at]!] !== undefined) ?? null
      if (endpoint.method === method) return { template: endpoint.template, endpoint, subject }
      sameTemplate ??= { template: endpoint.template, endpoint: null, subject }
    }
    if (sameTemplate !== null) return sameTemplate
    const template = inferTemplate(path)
    return { template, endpoint: null, subject: /\/(\d+)(?:\/|$)/.exec(path)?.[1] ?? null }
  }
}

/** The end of a base URL's path with which the catalogue's own paths begin; empty where they begin behind it. */
export const catalogueBase = ({ described, pathPrefixes }: Provider, basePath: string): string => {
  const segments = basePath.split("/")
  for (const prefix of described === undefined ? pathPrefixes : [described.base]) {
    const length = prefix.split("/").length - 1
    const end = `/${segments.slice(Math.max(1, segments.length - length)).join("/")}`
    if (length > 0 && templatePattern(prefix).test(end)) return end
  }
  return ""
}

/** The catalogue's entry for an endpoint as findings and plans name it: `GET /api/v2/tickets`. */
export const namedEndpoint = (provider: Provider | null, endpoint: string): CatalogueEndpoint | null => {
  const [method = "", template = ""] = endpoint.split(" ", 2)
  return cataloguedEndpoint(provider, method, template)
}

/** The catalogue's entry for a recorded stream, whose template is the catalogue's own. */
export const cataloguedEndpoint = (
  provider: Provider | null,
  method: string,
  template: string
): CatalogueEndpoint | null =>
  provider?.endpoints.find((endpoint) => endpoint.method === method && endpoint.template === template) ?? null
