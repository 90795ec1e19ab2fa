/** Exports of the receiver for Effect's HTTP server: `receiverRoute`. */
export { receiverRoute } from "./servers/effectRoute.js"
