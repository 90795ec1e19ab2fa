/** Exports the instrumented `HttpClient` of `@effect/platform`. */
export * from "./clients/InstrumentedHttpClient.js"
