/** What the capabilities may use of the providers: what each API is, as data, and the rules on it. No client in here. */

export { ruleBody } from "./CatalogueParts.js"
export { teachProviders } from "./files.js"
export { freshdesk } from "./freshdesk/Catalogue.js"
export { freshsales } from "./freshsales/Catalogue.js"
export { freshservice } from "./freshservice/Catalogue.js"
export * from "./Provider.js"
export * from "./Providers.js"
export { retryAfterMillis } from "./RetryAfter.js"
