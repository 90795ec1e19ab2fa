/** `hookshift/effect`: the recorder over `@effect/platform`, and the products' clients. */
export { InstrumentedHttpClient, instrumentHttpClient } from "./capture/effect.js"
export {
  type Authentication,
  type FreshdeskClient,
  FreshdeskError,
  type FreshdeskOptions,
  type ListOptions,
  makeFreshdeskClient
} from "./providers/clients.js"
