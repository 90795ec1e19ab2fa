/** A provider and a mirror of it, as small as they can be. */
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { Socket } from "node:net"
import type { onTestFinished } from "vitest"
import { listening } from "./listening.js"

export interface Seen {
  readonly method: string
  readonly url: string
  readonly body: string
  readonly headers: IncomingMessage["headers"]
}
const answering = (name: string, seen: Array<Seen>, dies: (request: Seen) => boolean): Server => {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body }
      seen.push(one)
      if (dies(one)) {
        server.close()
        for (const socket of sockets) socket.destroy()
        return
      }
      const origin = String(request.headers["x-hookshift-origin"] ?? `http://${request.headers.host}`)
      response.setHeader("content-type", "application/json")
      response.setHeader("link", `<${origin}/api/v2/tickets?page=9>; rel="next"`)
      response.end(JSON.stringify({ from: name }))
    })
  })
  server.on("connection", (socket) => sockets.add(socket))
  return server
}

/** A provider, and a mirror that a request may kill; each keeps what it was asked. */
export const startBoth = async (finished: typeof onTestFinished, dies: (request: Seen) => boolean = () => false) => {
  const [provider, mirror]: [Array<Seen>, Array<Seen>] = [[], []]
  const providerPort = await listening(
    answering("provider", provider, () => false),
    finished
  )
  const mirrorPort = await listening(answering("mirror", mirror, dies), finished)
  return { provider, mirror, providerPort, mirrorPort, base: `http://127.0.0.1:${providerPort}` }
}
