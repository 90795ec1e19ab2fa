/**
 * The receiver for servers that answer a `Request` with a `Response`: Next, Hono, Bun, service workers of one's own.
 */
import { pathSegments } from "../../domain/RequestTarget.js"
import type { Answer } from "../intake/Answers.js"
import type { Intake } from "../intake/Intake.js"
import { lingerMs } from "../intake/NodeBody.js"
import type { BodyRefusal } from "../intake/UnfinishedBodies.js"
import type { Receiver } from "../Receiver.js"
import { deliverWhole, type ReadRequest, rawBodyOf } from "./ReadBody.js"

export interface FetchHandlerOptions {
  /** The source's name; the last part of the request's path unless set. */
  readonly source?: string
  /** The sender's address, for lists of addresses; a `Request` does not tell. */
  readonly remoteAddress?: string
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>

/** Whether the stream came to its end; where it fails, the sender's connection has ended. */
const readOn = async (body: BodyReader, push: (piece: Uint8Array) => void): Promise<boolean> => {
  for (;;) {
    const read = await body.read().catch(() => null)
    if (read === null) return false
    if (read.value !== undefined) push(read.value)
    if (read.done) return true
  }
}

/** Ends a refused body that goes on for longer than its refusal needs to arrive. */
const cancelLater = (body: BodyReader): NodeJS.Timeout =>
  // A stream that has failed is as good as cancelled.
  setTimeout(() => body.cancel().catch(() => undefined), lingerMs).unref()

const discard = async (body: BodyReader): Promise<void> => {
  const cancelling = cancelLater(body)
  await readOn(body, () => undefined)
  clearTimeout(cancelling)
}

/** Reads the body within the receiver's bounds; a string says why there is none. */
const readBody = (
  { bodies }: Intake,
  stream: ReadableStream<Uint8Array>,
  share: string
): Promise<Buffer | BodyRefusal | "broken_off"> =>
  new Promise((resolve) => {
    const body = stream.getReader()
    let cancelling: NodeJS.Timeout | undefined
    const reading = bodies.begin({ share, proven: false }, (why) => {
      resolve(why)
      // Until then the rest is read on, and dropped.
      cancelling = cancelLater(body)
    })
    void readOn(body, reading.push).then((ended) => {
      clearTimeout(cancelling)
      if (!ended && reading.abandon()) return resolve("broken_off") // it sends again
      const whole = reading.end()
      if (whole !== null) resolve(whole)
    })
  })

/**
 * Answers a delivery. A body that was read before is taken from the request's `rawBody`, where a framework keeps one.
 */
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
    const used = request.bodyUsed || request.body?.locked === true
    const refusal = intake.admit(head)
    if (refusal !== null) {
      if (!used && request.body !== null) void discard(request.body.getReader())
      return answered(refusal)
    }
    const body = used
      ? (rawBodyOf({ rawBody: (request as ReadRequest).rawBody }) ?? "consumed")
      : request.body === null
        ? Buffer.alloc(0)
        : await readBody(intake, request.body, intake.shareOf(head))
    if (typeof body === "string") return answered(intake.refuse(head.source, body))
    return answered(await deliverWhole(intake, head, body))
  }
