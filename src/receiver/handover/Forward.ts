/**
 * Hands events to a URL as POSTs, signed with the Standard Webhooks headers, the event's id as idempotency key;
 * anything but a 2xx means: again later. Plain `node:http` with kept connections: `fetch` costs three times as much
 * per event.
 */
import { createHmac } from "node:crypto"
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http"
import { Agent as HttpsAgent, request as httpsRequest } from "node:https"
import { httpDate, longestStatedWaitMs, retryAfterMillis } from "../../providers/index.js"
import { notOwner, type Target, TargetFailure } from "./Target.js"

export interface ForwardOptions {
  readonly url: string
  /** `whsec_…` or any text; without one the events go unsigned. */
  readonly secret: string | null
  /** From sending to the last byte of the answer; default 15 s. */
  readonly timeoutMs?: number
}

/** The `v1` signature of the Standard Webhooks specification: HMAC-SHA256 over id, timestamp and body. */
export const standardWebhookSignature = (secret: string, id: string, timestamp: number, body: string): string => {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret)
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`
}

/** Statuses of a target that is down: it takes no event now. */
const isDown = (status: number): boolean => status === 429 || status === 502 || status === 503 || status === 504

export const forwardTo = ({ secret, timeoutMs = 15_000, url }: ForwardOptions): Target => {
  const target = new URL(url)
  const secure = target.protocol === "https:"
  const send = secure ? httpsRequest : httpRequest
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxFreeSockets: 256, scheduling: "lifo" })
  return {
    timeoutMs,
    deliver: ({ body, eventId }, mayLeave = () => true) =>
      new Promise((resolve, reject) => {
        const timestamp = Math.floor(Date.now() / 1000)
        const timer = setTimeout(() => posting.destroy(new TargetFailure("Timeout", true)), timeoutMs)
        const fail = (error: Error & { readonly code?: string }): void => {
          clearTimeout(timer)
          reject(error instanceof TargetFailure ? error : new TargetFailure(error.code ?? error.name, true))
        }
        const posting: ClientRequest = send(
          target,
          {
            method: "POST",
            agent,
            headers: {
              "content-type": "application/json",
              "content-length": Buffer.byteLength(body),
              "idempotency-key": eventId,
              "webhook-id": eventId,
              "webhook-timestamp": String(timestamp),
              ...(secret === null
                ? {}
                : { "webhook-signature": standardWebhookSignature(secret, eventId, timestamp, body) })
            }
          },
          (response) => {
            const status = response.statusCode ?? 0
            response.on("error", fail)
            response.on("end", () => {
              clearTimeout(timer)
              if (status >= 200 && status < 300) return resolve()
              const { date, "retry-after": asked } = response.headers
              const wait = retryAfterMillis(asked, Date.now(), httpDate(date))
              const retryAfter = wait === null ? null : Math.min(wait, longestStatedWaitMs)
              reject(new TargetFailure(`Status${status}`, isDown(status), retryAfter))
            })
            response.resume()
          }
        )
        posting.on("error", fail)
        // A process may be stopped while it connects, and go on once another one has handed the event over.
        posting.on("socket", (socket) => {
          const leave = () => {
            if (mayLeave()) posting.end(body)
            else posting.destroy(notOwner())
          }
          if (socket.connecting) socket.once(secure ? "secureConnect" : "connect", leave)
          else leave()
        })
      }),
    close: async () => agent.destroy()
  }
}
