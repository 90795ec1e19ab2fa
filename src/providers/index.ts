/** What the capabilities may use of the providers: what each API is, as data, and the rules on it. No Effect in here. */

export { freshdesk } from "./freshdesk/Catalogue.js"
export { freshdeskAppEvents } from "./freshdesk/Events.js"
export * from "./Provider.js"
export * from "./Providers.js"
export { retryAfterMillis } from "./RetryAfter.js"
