/** A signature profile: the header that carries the proof, the check, and the identity of a delivery. */
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
  /** Where the proof stands if not in `header`: another name for the same scheme. */
  readonly otherHeader?: string
  /** Whether someone with the secret sent this. No early exit: which of several signatures fits shall not show. */
  readonly matches: (delivery: Delivered) => boolean
  /** Whether it can be a proof at all, without the body. A delivery without one is refused before its body is read. */
  readonly wellFormed?: (given: string, encoding: "hex" | "base64" | undefined) => boolean
  /** When it was signed, in milliseconds since 1970; `null` where a profile does not say or the header is damaged. */
  readonly signedAt?: (delivery: Pick<Delivered, "given" | "headers">) => number | null
  /**
   * Headers with the sender's own delivery id, the same for each try and under the signature; the first that is there
   * counts.
   */
  readonly idHeaders?: ReadonlyArray<string>
  /**
   * Its delivery id and other telling headers are not under the signature: only the signed bytes tell a delivery from
   * another, or a captured one would be news under another id.
   */
  readonly onlyBodySigned?: true
}

/**
 * Without surrounding white space; a header that came more than once as one list, `null` where it is absent or empty.
 */
export const headerText = (headers: Headers, name: string): string | null => {
  const value = headers[name]
  const text = typeof value === "string" ? value.trim() : value === undefined ? "" : value.join(", ").trim()
  return text === "" ? null : text
}

/** As many signatures as any sender puts into one header while it rotates its keys; each costs a comparison. */
const mostSignatures = 16

/** The members of a header that may have several signatures, separated by commas or white space. */
export const signaturesIn = (given: string): ReadonlyArray<string> => given.split(/[\s,]+/, mostSignatures)

/** A secret from a file or a variable often ends with a newline, which is no part of it. */
export const plainSecret = (secret: string): string => secret.trim()

/** In constant time for all texts of the expected length, which is no secret: every HMAC-SHA256 has the same. */
export const sameText = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** For a shared token, whose length stays secret as well: compares digests of both sides. */
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

const hexDigest = /^(?:sha256=)?([0-9a-f]{64})$/i
const base64Digest = /^(?:sha256=)?([A-Za-z0-9+/]{43}=)$/i

/**
 * A signature without the name of its hash and, in hexadecimal, in lower case; `null` where it is no HMAC-SHA256 at
 * all.
 */
const digestOf = (signature: string, encoding: "hex" | "base64"): string | null => {
  const digest = (encoding === "hex" ? hexDigest : base64Digest).exec(signature)?.[1] ?? null
  return encoding === "hex" ? (digest?.toLowerCase() ?? null) : digest
}

/** Whether a header has the form of HMAC-SHA256 at all. */
export const hasDigest = (given: string, encoding: "hex" | "base64"): boolean =>
  signaturesIn(given).some((signature) => digestOf(signature, encoding) !== null)

/** Whether one of a header's signatures is `expected`; all of them are compared. */
export const someDigest = (
  signatures: ReadonlyArray<string>,
  expected: string,
  encoding: "hex" | "base64"
): boolean => {
  let found = false
  for (const signature of signatures) found = sameText(digestOf(signature, encoding) ?? "", expected) || found
  return found
}
