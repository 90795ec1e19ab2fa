/** What the capabilities may use of the store as a service. */
export * from "./Store.js"
