/** What may be used of the receiver with Effect's HTTP server. */
export { receiverRoute } from "./servers/effectRoute.js"
