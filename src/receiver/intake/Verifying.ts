/**
 * Checks a delivery's proof over the bytes as they were sent, by each of its source's senders. Some senders sign first
 * and pack then, so where that fails it is checked over the unpacked bytes.
 */
import type { Timekeeper } from "../../domain/Time.js"
import {
  type Headers,
  type SignatureCheck,
  type SignatureSettings,
  verifyWebhook,
  wellFormedSignature
} from "../signatures/Signature.js"
import { unpacked } from "./BodyReading.js"

export interface Verified<A extends SignatureSettings> {
  readonly check: SignatureCheck
  /** The sender whose proof fits; of a refused delivery any. */
  readonly sender: A
  /** The bytes that the signature is over. */
  readonly signed: Buffer
}

/** Unsigned bodies that are unpacked in a second: a stranger can ask for it, and each may cost some 3 ms. */
const unpackedUnsignedPerSecond = 50

/** Of the refusals by several senders, the one that tells most. */
const tellsMost = ["expired", "wrong", "missing"] as const

/** Before the body is there: `ok` where the proof of one of the senders may fit. */
export const mayFit = (senders: ReadonlyArray<SignatureSettings>, headers: Headers): "ok" | "missing" | "wrong" => {
  const forms = senders.map((sender) => wellFormedSignature(sender, headers))
  return forms.includes("ok") ? "ok" : forms.includes("wrong") ? "wrong" : "missing"
}

/** All senders are asked, whichever fits: which one it was shall not show in the time it takes. */
const checkBy = <A extends SignatureSettings>(
  senders: ReadonlyArray<A>,
  headers: Headers,
  body: Buffer,
  now: number
): Pick<Verified<A>, "check" | "sender"> => {
  const checks = senders.map((sender) => ({ sender, check: verifyWebhook(sender, headers, body, now) }))
  const told = (reason: string) => checks.find(({ check }) => !check.valid && check.reason === reason)
  return (
    checks.find(({ check }) => check.valid) ??
    tellsMost.map(told).find((one) => one !== undefined) ?? {
      sender: senders[0]!,
      check: { valid: false, reason: "missing" }
    }
  )
}

export const makeVerifying = (
  time: Timekeeper,
  maxBodyBytes: number
): (<A extends SignatureSettings>(senders: ReadonlyArray<A>, headers: Headers, body: Buffer) => Verified<A>) => {
  let second = 0
  let unpackedUnsigned = 0
  const mayUnpack = (now: number): boolean => {
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000)
      unpackedUnsigned = 0
    }
    return ++unpackedUnsigned <= unpackedUnsignedPerSecond
  }
  return (senders, headers, body) => {
    const now = time.now()
    const found = checkBy(senders, headers, body, now)
    const { check } = found
    if (check.valid || check.reason !== "wrong" || headers["content-encoding"] === undefined || !mayUnpack(now))
      return { ...found, signed: body }
    const plain = unpacked(body, headers, maxBodyBytes)
    return typeof plain === "string" || plain === body
      ? { ...found, signed: body }
      : { ...checkBy(senders, headers, plain, now), signed: plain }
  }
}
