/** The receiver for servers that answer a `Request` with a `Response`: Next, Hono, Bun, service workers of one's own. */
import { pathSegments } from "../../domain/RequestTarget.js"
import type { Answer, Intake } from "../intake/Intake.js"
import type { BodyRefusal } from "../intake/UnfinishedBodies.js"
import type { Receiver } from "../Receiver.js"
import { type ReadRequest, rawBodyOf } from "./ReadBody.js"

export interface FetchHandlerOptions {
  /** The source's name; the last part of the request's path unless set. */
  readonly source?: string
  /** The sender's address, for lists of addresses; a `Request` does not tell. */
  readonly remoteAddress?: string
}

/** How long the rest of a refused body is thrown away, so that the sender gets to read the refusal. */
const lingerMs = 1_000

const discard = async (body: ReadableStreamDefaultReader<Uint8Array>): Promise<void> => {
  const timer = setTimeout(() => body.cancel().catch(() => undefined), lingerMs)
  timer.unref()
  try {
    while (!(await body.read()).done);
  } catch {
    // The sender has gone, and was answered.
  } finally {
    clearTimeout(timer)
  }
}

/** Reads the body within the receiver's bounds; a string says why there is none. */
const readBody = (
  { bodies }: Intake,
  stream: ReadableStream<Uint8Array>,
  share: string
): Promise<Buffer | BodyRefusal | "broken_off"> =>
  new Promise((resolve) => {
    const body = stream.getReader()
    const reading = bodies.begin({ share, proven: false }, (why) => {
      resolve(why)
      // A read that waits takes the next piece, and the one behind it goes on from there.
      void discard(body)
    })
    const next = (): void => {
      body.read().then(
        ({ done, value }) => {
          if (value !== undefined) reading.push(value)
          if (!done) return next()
          const whole = reading.end()
          if (whole !== null) resolve(whole)
        },
        () => {
          reading.abandon()
          resolve("broken_off") // the sender's connection ended; it sends again
        }
      )
    }
    next()
  })

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
    if (body.length > intake.maxBodyBytes) return answered(intake.refuse(head.source, "too_large"))
    return new Promise((resolve) => intake.deliver(head, body, (answer) => resolve(answered(answer))))
  }
