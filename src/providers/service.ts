/** Exports that load a validator: described providers from files. */
export { teachProviders } from "./files.js"
