/**
 * A delivery that comes as a `node:http` request whose body is still to be read: in the listener, Express, Fastify,
 * Effect.
 */
import type { IncomingMessage } from "node:http"
import { discardRest, lingerOnClose } from "../../domain/LingeringClose.js"
import type { Answer } from "./Answers.js"
import type { Head, Intake } from "./Intake.js"
import type { BodyRefusal } from "./UnfinishedBodies.js"

export interface NodeDelivery {
  /** `close`: the body was not read to its end, so that the connection has to end with this answer. */
  readonly answer: (answer: Answer, close: boolean) => void
  /** The sender broke off before its body was whole or refused; nothing is to be answered. */
  readonly brokenOff: () => void
  /** The body may come; `refuse` answers at once, if it is not whole yet. */
  readonly admitted?: (refuse: (why: BodyRefusal) => void) => void
  readonly verified?: () => void
  /** The connection has brought a signed delivery before. */
  readonly proven?: boolean
}

/** How long the rest of a refused body is thrown away, so that the sender gets to read the refusal. */
export const lingerMs = 1_000

export const takeNodeDelivery = (intake: Intake, request: IncomingMessage, head: Head, to: NodeDelivery): void => {
  /** Refuses before the body is there; the rest of it is thrown away, and the connection with it. */
  const refuse = (answer: Answer): void => {
    lingerOnClose(request, lingerMs)
    to.answer(answer, !request.complete)
    discardRest(request, lingerMs)
  }
  const refusal = intake.admit(head)
  // A request without a body is complete as soon as it is read on.
  if (refusal !== null) return refuse(refusal)

  const sender = { share: intake.shareOf(head), proven: to.proven ?? false }
  const reading = intake.bodies.begin(sender, (why) => refuse(intake.refuse(head.source, why)))
  to.admitted?.(reading.refuse)
  request.on("data", reading.push)
  request.on("end", () => {
    const body = reading.end()
    if (body !== null && intake.deliver(head, body, (answer) => to.answer(answer, false))) to.verified?.()
  })
  request.on("error", () => {
    if (reading.abandon()) to.brokenOff()
  })
  request.on("close", reading.abandon)
}

export const headOf = (request: IncomingMessage, source: string): Head => ({
  method: request.method ?? "",
  source,
  headers: request.headers,
  remoteAddress: request.socket?.remoteAddress ?? ""
})
