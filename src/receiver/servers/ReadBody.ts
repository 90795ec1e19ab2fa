/** Bodies that another part of a server read before the receiver's handler: their raw bytes, where they were kept. */
import type { Answer } from "../intake/Answers.js"
import type { Head, Intake } from "../intake/Intake.js"

/** Fields that frameworks add to a request. */
export interface ReadRequest {
  /**
   * Firebase, Google Cloud Functions, `fastify-raw-body`, and `express.json({ verify })` as its documentation shows
   * it.
   */
  readonly rawBody?: unknown
  /** `express.raw()` leaves the bytes here; a parsed body is of no use. */
  readonly body?: unknown
}

/** The bytes as they were sent, as far as is known; `null` where they were not kept. */
export const rawBodyOf = (request: ReadRequest): Buffer | null => {
  for (const kept of [request.rawBody, request.body]) {
    if (kept instanceof Uint8Array) return Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength)
  }
  return typeof request.rawBody === "string" ? Buffer.from(request.rawBody) : null
}

/** The answer to a delivery whose whole body is there. */
export const answerWhole = async (intake: Intake, head: Head, body: Buffer): Promise<Answer> => {
  const refusal = intake.admit(head)
  return refusal ?? deliverWhole(intake, head, body)
}

/** The same for a delivery that was admitted. */
export const deliverWhole = async (intake: Intake, head: Head, body: Buffer): Promise<Answer> => {
  if (body.length > intake.maxBodyBytes) return intake.refuse(head.source, "too_large")
  return new Promise((resolve) => intake.deliver(head, body, resolve))
}
