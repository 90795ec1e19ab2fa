/**
 * Signature checks over the raw bytes, in constant time, before anything is parsed. Two secrets may be valid at once
 * while one is rotated. Pure.
 */
import { createHash } from "node:crypto"
import { freshchat } from "./freshchat.js"
import { freshworks, github, shopify, token } from "./hmacProfiles.js"
import { type Headers, headerText, hmac, type Profile, plainSecret } from "./Profile.js"
import { standardWebhooks } from "./standardWebhooks.js"
import { stripe } from "./stripe.js"

export { isPublicKey } from "./freshchat.js"
export type { Headers } from "./Profile.js"

const profiles = {
  freshworks,
  freshchat,
  token,
  "standard-webhooks": standardWebhooks,
  github,
  stripe,
  shopify
} as const satisfies Record<string, Profile>

export type SignatureProfile = keyof typeof profiles

export interface SignatureSettings {
  readonly profile: SignatureProfile
  /** The current secret, then the previous one while it is being rotated; for `freshchat` public keys (PEM). */
  readonly secrets: ReadonlyArray<string>
  /** How `freshworks` writes its HMAC: hex unless set. */
  readonly encoding?: "hex" | "base64"
  /** How old or early a signed time may be, in seconds; 300 unless set, as Stripe and Standard Webhooks recommend. */
  readonly toleranceSeconds?: number
}

export type SignatureCheck =
  /** `secret` is the place of the one that fits: 0 for the current one. */
  | { readonly valid: true; readonly secret: number }
  | { readonly valid: false; readonly reason: "missing" | "wrong" | "expired" }

/** The header that carries each profile's proof. */
export const signatureHeader: Readonly<Record<SignatureProfile, string>> = {
  freshworks: freshworks.header,
  freshchat: freshchat.header,
  token: token.header,
  "standard-webhooks": standardWebhooks.header,
  github: github.header,
  stripe: stripe.header,
  shopify: shopify.header
}

const defaultToleranceSeconds = 300

/** The signature that a sender with `secret` puts on `body` in the `freshworks` profile. */
export const signBody = (body: Uint8Array, secret: string, encoding: "hex" | "base64" = "hex"): string =>
  hmac(secret, [body], encoding)

/** The header that has the proof, under any of its names. */
const proofIn = ({ header, otherHeader }: Profile, headers: Headers): string | null =>
  headerText(headers, header) ?? (otherHeader === undefined ? null : headerText(headers, otherHeader))

/** A check of a delivery's proof before its body is there: `ok` says only that it may fit. */
export const wellFormedSignature = (settings: SignatureSettings, headers: Headers): "ok" | "missing" | "wrong" => {
  const profile: Profile = profiles[settings.profile]
  const given = proofIn(profile, headers)
  if (given === null) return "missing"
  return profile.wellFormed?.(given, settings.encoding) === false ? "wrong" : "ok"
}

/** The sender's own id of the delivery, where its profile signs one: a retry has the same. */
export const deliveryIdOf = (profile: SignatureProfile, headers: Headers): string | null => {
  const { idHeaders = [] }: Profile = profiles[profile]
  for (const name of idHeaders) {
    const id = headerText(headers, name)
    if (id !== null) return id
  }
  return null
}

/**
 * The identity of a delivery, however it is parsed: its signed id, or its signed bytes; `null` where the event
 * decides.
 */
export const identityOf = (profile: SignatureProfile, headers: Headers, signed: Uint8Array): string | null => {
  const { onlyBodySigned }: Profile = profiles[profile]
  return onlyBodySigned === true
    ? `body ${createHash("sha256").update(signed).digest("hex")}`
    : deliveryIdOf(profile, headers)
}

/**
 * Whether `body` was sent by someone who has one of the secrets. Header names are lower case, as Node gives them;
 * `now`, in milliseconds since 1970, is what a signed time is held against.
 */
export const verifyWebhook = (
  settings: SignatureSettings,
  headers: Headers,
  body: Uint8Array,
  now: number = Date.now()
): SignatureCheck => {
  const profile: Profile = profiles[settings.profile]
  const given = proofIn(profile, headers)
  if (given === null) return { valid: false, reason: "missing" }
  let fits = -1
  settings.secrets.forEach((text, index) => {
    const secret = plainSecret(text)
    if (secret === "") return // an empty secret would let anybody in
    // No early exit: which of the secrets it was shall not show in the time it takes.
    const matches = profile.matches({ given, headers, body, secret, encoding: settings.encoding })
    if (matches && fits === -1) fits = index
  })
  if (fits === -1) return { valid: false, reason: "wrong" }
  const valid = { valid: true, secret: fits } as const
  if (profile.signedAt === undefined) return valid
  const signedAt = profile.signedAt({ given, headers })
  const tolerance = (settings.toleranceSeconds ?? defaultToleranceSeconds) * 1000
  return signedAt !== null && Math.abs(now - signedAt) <= tolerance ? valid : { valid: false, reason: "expired" }
}
