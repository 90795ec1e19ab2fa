/** Makes posts over kept-alive connections, and waits for the acknowledgement as long as the delivery policy does. */
import { Agent, request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import type { Push } from "./EventPush.js"

export interface Poster {
  /** The status of the answer; `null` where none came in time. */
  readonly post: (message: Push) => Promise<number | null>
  readonly close: () => void
}

export const makePoster = (ackWithinMs: number): Poster => {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  return {
    post: (message) =>
      new Promise((resolve) => {
        const url = new URL(message.url)
        const send = url.protocol === "https:" ? httpsRequest : httpRequest
        const body = Buffer.from(message.body)
        const outgoing = send(
          url,
          {
            method: "POST",
            ...(url.protocol === "https:" ? {} : { agent }),
            headers: { ...message.headers, "content-length": body.length },
            timeout: ackWithinMs
          },
          (response) => {
            response.resume()
            response.on("close", () => resolve(response.statusCode ?? null))
          }
        )
        outgoing.on("timeout", () => outgoing.destroy(new Error("not acknowledged in time")))
        outgoing.on("error", () => resolve(null))
        outgoing.end(body)
      }),
    close: () => agent.destroy()
  }
}
