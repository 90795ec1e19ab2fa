/** docs.stripe.com, "Verify webhook signatures manually": `t=SECONDS,v1=HEX[,v1=HEX]`, each over `t.body`. */
import { hmac, type Profile, someDigest } from "./Profile.js"

const fields = (given: string): ReadonlyArray<readonly [string, string]> =>
  given.split(",").map((part) => {
    const equals = part.indexOf("=")
    return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()] as const
  })

const stampOf = (given: string): string | null => {
  const stamps = fields(given).filter(([name]) => name === "t")
  return stamps.length === 1 && /^\d{1,12}$/.test(stamps[0]![1]) ? stamps[0]![1] : null
}

export const stripe: Profile = {
  header: "stripe-signature",
  signedAt: ({ given }) => {
    const stamp = stampOf(given)
    return stamp === null ? null : Number(stamp) * 1000
  },
  matches: ({ body, given, secret }) => {
    const stamp = stampOf(given)
    if (stamp === null) return false
    const expected = hmac(secret, [`${stamp}.`, body], "hex")
    const signatures = fields(given).flatMap(([name, signature]) => (name === "v1" ? [signature] : []))
    return someDigest(signatures, expected, "hex")
  }
}
