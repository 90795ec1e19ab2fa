/**
 * Checks a delivery's signature over the bytes as they were sent. Some senders sign first and pack then, so where
 * that fails it is checked over the unpacked bytes.
 */
import type { Timekeeper } from "../../domain/Time.js"
import { type Headers, type SignatureCheck, type SignatureSettings, verifyWebhook } from "../signatures/Signature.js"
import { unpacked } from "./BodyReading.js"

export interface Verified {
  readonly check: SignatureCheck
  /** The bytes that the signature is over. */
  readonly signed: Buffer
}

/** Unsigned bodies that are unpacked in a second: a stranger can ask for it, and each may cost some 3 ms. */
const unpackedUnsignedPerSecond = 50

export const makeVerifying = (
  time: Timekeeper,
  maxBodyBytes: number
): ((settings: SignatureSettings, headers: Headers, body: Buffer) => Verified) => {
  let second = 0
  let unpackedUnsigned = 0
  const mayUnpack = (now: number): boolean => {
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000)
      unpackedUnsigned = 0
    }
    return ++unpackedUnsigned <= unpackedUnsignedPerSecond
  }
  return (settings, headers, body) => {
    const now = time.now()
    const check = verifyWebhook(settings, headers, body, now)
    if (check.valid || check.reason !== "wrong" || headers["content-encoding"] === undefined || !mayUnpack(now))
      return { check, signed: body }
    const plain = unpacked(body, headers, maxBodyBytes)
    return typeof plain === "string" || plain === body
      ? { check, signed: body }
      : { check: verifyWebhook(settings, headers, plain, now), signed: plain }
  }
}
