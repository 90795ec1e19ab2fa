/** Profiles whose header is the HMAC-SHA256 of the body, and the shared token for senders that cannot sign. */
import { hasDigest, hmac, type Profile, sameToken, signaturesIn, someDigest } from "./Profile.js"

/** FRESHWORKS.md, "Webhooks"; hex unless the setting says base64. */
export const freshworks: Profile = {
  header: "x-freshworks-signature",
  wellFormed: (given, encoding) => hasDigest(given, encoding ?? "hex"),
  matches: ({ body, encoding = "hex", given, secret }) =>
    someDigest(signaturesIn(given), hmac(secret, [body], encoding), encoding)
}

/** A secret header, for rules and the like. */
export const token: Profile = {
  header: "x-hookshift-token",
  matches: ({ given, secret }) => sameToken(given, secret)
}

/** docs.github.com, "Validating webhook deliveries": `sha256=` and the hex digest. */
export const github: Profile = {
  header: "x-hub-signature-256",
  onlyBodySigned: true,
  wellFormed: (given) => hasDigest(given, "hex"),
  matches: ({ body, given, secret }) => someDigest(signaturesIn(given), hmac(secret, [body], "hex"), "hex")
}

/** shopify.dev, "Deliver webhooks through HTTPS": base64 of the digest. */
export const shopify: Profile = {
  header: "x-shopify-hmac-sha256",
  onlyBodySigned: true,
  wellFormed: (given) => hasDigest(given, "base64"),
  matches: ({ body, given, secret }) => someDigest(signaturesIn(given), hmac(secret, [body], "base64"), "base64")
}
