/** Deliveries as the app route makes them, and raw posts to a receiver. */
import { connect } from "node:net"
import { signBody } from "../../src/receiver/index.js"

export const secret = "test-webhook-secret"

/** One Freshdesk source, `fd`, whose API nobody answers; its secrets come from FD_KEY and FD_SECRET. */
export const receiverConfig = JSON.stringify({
  sources: {
    fd: {
      product: "freshdesk",
      baseUrl: "http://127.0.0.1:1",
      auth: { secretEnv: "FD_KEY" },
      webhook: { secretEnv: "FD_SECRET" }
    }
  }
})

export interface DeliveryFields {
  readonly event?: string
  readonly entity?: string
  readonly id?: number | string
  readonly updated_at?: string | null
  readonly occurred_at?: number
  readonly snapshot?: Record<string, unknown> | null
}

export const deliveryBody = (fields: DeliveryFields = {}): string => {
  const { entity = "ticket", event = "ticket_update", id = 42, updated_at = "2026-03-02T10:00:00Z" } = fields
  const snapshot = fields.snapshot === undefined ? { id, status: 2, updated_at } : fields.snapshot
  return JSON.stringify({
    event,
    entity,
    id,
    updated_at,
    ...(fields.occurred_at === undefined ? {} : { occurred_at: fields.occurred_at }),
    account: "acme.freshdesk.com",
    actor: { type: "agent", id: 7 },
    snapshot
  })
}

export const post = async (
  url: string,
  body: string | Uint8Array,
  options: { readonly secret?: string; readonly headers?: Record<string, string>; readonly source?: string } = {}
): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> => {
  const bytes = Buffer.from(body)
  const response = await fetch(`${url}/hooks/${options.source ?? "fd"}`, {
    method: "POST",
    body: bytes,
    headers: { "x-freshworks-signature": signBody(bytes, options.secret ?? secret), ...options.headers }
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** Writes the pieces to a socket one after the other and collects what comes back until the other side ends. */
export const rawExchange = (
  port: number,
  pieces: ReadonlyArray<string | Buffer>,
  options: { readonly hangUp?: boolean } = {}
): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    let answer = ""
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1")
    })
    socket.on("error", () => undefined)
    socket.on("close", () => resolve(answer))
    socket.on("connect", () => {
      for (const piece of pieces) socket.write(piece)
      if (options.hangUp === true) setImmediate(() => socket.destroy())
    })
  })
