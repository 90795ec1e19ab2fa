/** Deliveries on their way to the inbox's thread together, and their outcomes on the way back. */
import type { CommitResult } from "../../domain/CommitResult.js"
import type { IncomingDelivery } from "./Delivery.js"
import { outcomes, type ThreadRequest } from "./ThreadMessages.js"

export type Put = Extract<ThreadRequest, { kind: "put" }>

export const deliveriesOf = ({ bytes, heads }: Put): ReadonlyArray<IncomingDelivery> => {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  return heads.map((head) => {
    const from = at
    at += head.length
    return { ...head, body: all.subarray(from, at) }
  })
}

/** Codes are indexes into `outcomes`. */
export const codesOf = (results: ReadonlyArray<CommitResult>): Uint8Array =>
  Uint8Array.from(results, (result) => outcomes.indexOf(result))
