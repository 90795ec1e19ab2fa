/** What a signature profile is: which header carries the proof, what it proves, and how a delivery is told from another. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"

export type Headers = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

export interface Delivered {
  readonly given: string
  readonly headers: Headers
  readonly body: Uint8Array
  readonly secret: string
  readonly encoding: "hex" | "base64" | undefined
}

export interface Profile {
  /** Lower case, as Node gives header names. */
  readonly header: string
  /** Whether someone with the secret sent this. No early exit: which of several signatures fits shall not show. */
  readonly matches: (delivery: Delivered) => boolean
  /** Whether it can be a proof at all, told without the body: what is not is refused before anything is read. */
  readonly wellFormed?: (given: string, encoding: "hex" | "base64" | undefined) => boolean
  /** When it was signed, in milliseconds since 1970; `null` where a profile does not say or the header is damaged. */
  readonly signedAt?: (delivery: Pick<Delivered, "given" | "headers">) => number | null
  /** The header with the sender's own delivery id, the same for each try of one delivery. */
  readonly idHeader?: string
}

export const header = (headers: Headers, name: string): string | null => {
  const value = headers[name]
  return typeof value === "string" && value !== "" ? value : null
}

/** In constant time for all texts of the expected length, which is no secret: every HMAC-SHA256 has the same. */
export const sameText = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** For a shared token, whose length is nobody's business either: compares digests of both sides. */
export const sameToken = (given: string, expected: string): boolean =>
  timingSafeEqual(createHash("sha256").update(given).digest(), createHash("sha256").update(expected).digest())

export const hmac = (
  secret: string | Uint8Array,
  parts: ReadonlyArray<string | Uint8Array>,
  encoding: "hex" | "base64"
): string => {
  const made = createHmac("sha256", secret)
  for (const part of parts) made.update(part)
  return made.digest(encoding)
}

const hexDigest = /^[0-9a-f]{64}$/
const base64Digest = /^[A-Za-z0-9+/]{43}=$/

/** The form of an HMAC-SHA256. */
export const isDigest = (given: string, encoding: "hex" | "base64"): boolean =>
  (encoding === "hex" ? hexDigest : base64Digest).test(given)
