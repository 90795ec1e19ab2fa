/** The receiver for servers that answer a `Request` with a `Response`: Next, Hono, Bun, service workers of one's own. */
import type { Receiver } from "../Receiver.js"

export interface FetchHandlerOptions {
  /** The source's name; the last part of the request's path unless set. */
  readonly source?: string
  /** The sender's address, for lists of addresses; a `Request` does not tell. */
  readonly remoteAddress?: string
}

/** The body, or what it was refused for. */
const readBody = async (request: Request, most: number): Promise<Buffer | "too_large"> => {
  if (request.body === null) return Buffer.alloc(0)
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > most) return "too_large"
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The last part of a path, as a source is named in it. */
export const sourceOfPath = (path: string): string => {
  const last = path.split("/").at(-1) ?? ""
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}

/** Answers a delivery; the body must not have been read. */
export const fetchHandler =
  ({ intake }: Pick<Receiver, "intake">, options: FetchHandlerOptions = {}) =>
  async (request: Request): Promise<Response> => {
    const head = {
      method: request.method,
      source: options.source ?? sourceOfPath(new URL(request.url).pathname),
      headers: Object.fromEntries(request.headers),
      remoteAddress: options.remoteAddress ?? ""
    }
    const answered = ({ headers, status, text }: NonNullable<ReturnType<typeof intake.admit>>) =>
      new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } })
    const refusal = intake.admit(head)
    if (refusal !== null) return answered(refusal)
    const body = await readBody(request, intake.maxBodyBytes)
    if (body === "too_large") return answered(intake.refuse(head.source, "too_large"))
    return new Promise((resolve) => intake.deliver(head, body, (answer) => resolve(answered(answer))))
  }
