/** `hookshift/effect`: the recorder and the receiver over `@effect/platform`, and the products' clients. */
export { InstrumentedHttpClient, instrumentHttpClient } from "./capture/effect.js"
export {
  type AccountLimiter,
  type Authentication,
  type BulkDone,
  BulkPartialFailure,
  type ClientOptions,
  type FreshchatClient,
  type FreshdeskClient,
  type FreshsalesClient,
  type FreshserviceClient,
  fileTokenStore,
  makeAccountLimiter,
  makeFreshchatClient,
  makeFreshdeskClient,
  makeFreshsalesClient,
  makeFreshserviceClient,
  makeOAuth,
  type OAuth,
  type OAuthOptions,
  type OAuthTokens,
  ProviderError,
  retryFailed,
  type TokenStore
} from "./providers/clients.js"
export { type PlanLimits, providerOf } from "./providers/index.js"
export { receiverRoute } from "./receiver/effect.js"
