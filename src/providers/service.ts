/** Described providers from files (`teachProviders`), which load a validator. */
export { teachProviders } from "./files.js"
