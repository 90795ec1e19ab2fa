/** The exports of the providers' clients. */
export { type AccountLimiter, makeAccountLimiter } from "./AccountLimiter.js"
export * from "./Authentication.js"
export * from "./Bulk.js"
export { type EntityReader, getOrNull, type Item, type Unreadable } from "./EntityReader.js"
export { entitySchema } from "./EntitySchemas.js"
export * from "./freshchat/Client.js"
export { type AutomationRule, type AutomationRuleDraft, performers } from "./freshdesk/AutomationRule.js"
export * from "./freshdesk/Client.js"
export * from "./freshsales/Client.js"
export * from "./freshservice/Client.js"
export {
  makeOAuth,
  type OAuth,
  type OAuthOptions,
  type OAuthTokens,
  type TokenStore
} from "./OAuth.js"
export { type Probed, probe } from "./Probe.js"
export { ProviderError } from "./ProviderError.js"
export { makeReader } from "./Readers.js"
export { fileTokenStore } from "./TokenFile.js"
export type { ClientOptions } from "./Transport.js"
