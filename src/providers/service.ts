/** What needs a validator to be loaded: providers of one's own, from files. */
export { teachProviders } from "./files.js"
