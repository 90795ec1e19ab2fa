/** The receiver for servers that answer a `Request` with a `Response`: Next, Hono, Bun, service workers of one's own. */
import { pathSegments } from "../../domain/RequestTarget.js"
import type { Answer } from "../intake/Intake.js"
import type { Receiver } from "../Receiver.js"
import { type ReadRequest, rawBodyOf } from "./ReadBody.js"

export interface FetchHandlerOptions {
  /** The source's name; the last part of the request's path unless set. */
  readonly source?: string
  /** The sender's address, for lists of addresses; a `Request` does not tell. */
  readonly remoteAddress?: string
}

/** The body, or why there is none. */
const readBody = async (request: Request, most: number): Promise<Buffer | "too_large" | "consumed" | "broken_off"> => {
  if (request.bodyUsed || request.body?.locked === true)
    return rawBodyOf({ rawBody: (request as ReadRequest).rawBody }) ?? "consumed"
  if (request.body === null) return Buffer.alloc(0)
  const chunks: Array<Uint8Array> = []
  let size = 0
  try {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > most) return "too_large"
      chunks.push(chunk)
    }
  } catch {
    return "broken_off" // the sender's connection ended; it sends again
  }
  return Buffer.concat(chunks)
}

/** Answers a delivery. A body that was read before is taken from the request's `rawBody`, where a framework keeps one. */
export const fetchHandler =
  ({ intake }: Pick<Receiver, "intake">, options: FetchHandlerOptions = {}) =>
  async (request: Request): Promise<Response> => {
    const head = {
      method: request.method,
      source: options.source ?? pathSegments(request.url).at(-1) ?? "",
      headers: Object.fromEntries(request.headers),
      remoteAddress: options.remoteAddress ?? ""
    }
    const answered = ({ headers, status, text }: Answer) =>
      new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } })
    const refusal = intake.admit(head)
    if (refusal !== null) return answered(refusal)
    const body = await readBody(request, intake.maxBodyBytes)
    if (typeof body === "string") return answered(intake.refuse(head.source, body))
    return new Promise((resolve) => intake.deliver(head, body, (answer) => resolve(answered(answer))))
  }
