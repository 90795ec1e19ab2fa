/**
 * Signature checks over the raw bytes, in constant time, before anything is parsed. Two secrets may be valid at once
 * while one is rotated. Pure.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"

export type SignatureProfile = "freshworks" | "token"

export interface SignatureSettings {
  readonly profile: SignatureProfile
  /** The current secret, then the previous one while it is being rotated. */
  readonly secrets: ReadonlyArray<string>
  /** How `freshworks` writes its HMAC: hex unless set. */
  readonly encoding?: "hex" | "base64"
}

export type SignatureCheck = { readonly valid: true } | { readonly valid: false; readonly reason: "missing" | "wrong" }

type Headers = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/** The header that carries each profile's proof (FRESHWORKS.md, "Webhooks"; `token` is for senders that cannot sign). */
export const signatureHeader: Record<SignatureProfile, string> = {
  freshworks: "x-freshworks-signature",
  token: "x-hookshift-token"
}

const wrong: SignatureCheck = { valid: false, reason: "wrong" }
const missing: SignatureCheck = { valid: false, reason: "missing" }

/** In constant time for all texts of the expected length, which is no secret: every HMAC-SHA256 has the same. */
const sameText = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** For a shared token, whose length is nobody's business either: compares digests of both sides. */
const sameToken = (given: string, expected: string): boolean =>
  timingSafeEqual(createHash("sha256").update(given).digest(), createHash("sha256").update(expected).digest())

/** The signature that a sender with `secret` puts on `body`. */
export const signBody = (body: Uint8Array, secret: string, encoding: "hex" | "base64" = "hex"): string =>
  createHmac("sha256", secret).update(body).digest(encoding)

export const givenSignature = (profile: SignatureProfile, headers: Headers): string | null => {
  const value = headers[signatureHeader[profile]]
  return typeof value === "string" && value !== "" ? value : null
}

/**
 * Whether `body` was sent by someone who has one of the secrets. Header names are lower case, as Node gives them.
 * Source: FRESHWORKS.md, "Webhooks": `X-Freshworks-Signature` is the HMAC-SHA256 of the body.
 */
export const verifyWebhook = (settings: SignatureSettings, headers: Headers, body: Uint8Array): SignatureCheck => {
  const given = givenSignature(settings.profile, headers)
  if (given === null) return missing
  let valid = false
  for (const secret of settings.secrets) {
    if (secret === "") continue // an empty secret would let anybody in
    const same =
      settings.profile === "token"
        ? sameToken(given, secret)
        : sameText(given, signBody(body, secret, settings.encoding))
    // No early exit: which of the secrets it was shall not show either.
    valid = same || valid
  }
  return valid ? { valid: true } : wrong
}
