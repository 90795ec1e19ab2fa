/** Which streams show all that there is of a type, so that an entity which appears later was made later. Pure. */
import type { Stream } from "../domain/Call.js"
import { cataloguedEndpoint } from "./EndpointMatching.js"
import { providerOf } from "./Providers.js"

/** Whether a stream lists every entity, and not only changes. */
export const listsAll = ({
  method,
  product,
  query,
  template
}: Pick<Stream, "method" | "product" | "query" | "template">): boolean => {
  const provider = providerOf(product)
  const endpoint = provider === null ? null : cataloguedEndpoint(provider, method, template)
  if (endpoint?.kind === "children") return true
  // Of stubs all are read one by one.
  if (endpoint?.kind === "item" && endpoint.entity !== null && provider?.sweeps[endpoint.entity]?.stubs === true)
    return true
  if (endpoint?.kind !== "list") return false
  return endpoint.timeFilter === undefined || !query.includes(endpoint.timeFilter)
}
