/** What may be used of the configuration. */
export * from "./ChosenSources.js"
export * from "./Config.js"
export * from "./InboxKey.js"
export * from "./Source.js"
