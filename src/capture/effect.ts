/** What the other capabilities may use of the recorder over `@effect/platform`. */
export * from "./clients/InstrumentedHttpClient.js"
