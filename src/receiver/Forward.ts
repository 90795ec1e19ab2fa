/** Hands events to a URL, signed with the Standard Webhooks headers; anything but a 2xx means: again later. */
import { createHmac } from "node:crypto"
import type { HandedEvent } from "../domain/Event.js"

export interface ForwardOptions {
  readonly url: string
  /** `whsec_…` or any text; without one the events go unsigned. */
  readonly secret: string | null
  readonly timeoutMs?: number
}

/** The `v1` signature of the Standard Webhooks specification: HMAC-SHA256 over id, timestamp and body. */
export const standardWebhookSignature = (secret: string, id: string, timestamp: number, body: string): string => {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret)
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`
}

export const forwardTo =
  (options: ForwardOptions) =>
  async (event: HandedEvent): Promise<void> => {
    const body = JSON.stringify(event)
    const timestamp = Math.floor(Date.now() / 1000)
    const response = await fetch(options.url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": String(timestamp),
        ...(options.secret === null
          ? {}
          : { "webhook-signature": standardWebhookSignature(options.secret, event.id, timestamp, body) })
      },
      signal: AbortSignal.timeout(options.timeoutMs ?? 15_000)
    })
    await response.arrayBuffer()
    if (!response.ok) {
      const error = new Error(`the target answered ${response.status}`)
      error.name = `Status${response.status}`
      throw error
    }
  }
