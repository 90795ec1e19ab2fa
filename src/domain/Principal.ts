/**
 * Principals: whose credential made a call, as a salted fingerprint of the part that identifies.
 * The credential itself is never kept, not even hashed without the database's own salt.
 */
import { createHash } from "node:crypto"

/** `null` when a call carried no credential. */
export type Principal = string

const decodeBase64 = (text: string): string => Buffer.from(text, "base64").toString("utf8")

const subjectOfJwt = (token: string): string | null => {
  const payload = token.split(".")[1]
  if (payload === undefined) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))
    const subject = typeof claims === "object" && claims !== null ? (claims as { sub?: unknown }).sub : undefined
    return typeof subject === "string" && subject !== "" ? subject : null
  } catch {
    return null // not a JWT: the token itself identifies
  }
}

/**
 * The part of an `Authorization` value that says who calls: the API key of Basic (not its filler password), the
 * subject of a JWT where one can be read (a renewed token is the same principal), else the token.
 */
export const identifyingPart = (authorization: string): string => {
  const space = authorization.indexOf(" ")
  const scheme = authorization.slice(0, space === -1 ? authorization.length : space).toLowerCase()
  const rest = space === -1 ? "" : authorization.slice(space + 1).trim()
  if (scheme === "basic") return decodeBase64(rest).split(":")[0] ?? ""
  if (scheme === "bearer") return subjectOfJwt(rest) ?? rest
  if (scheme === "token") return rest.replace(/^token=/i, "").replace(/^"|"$/g, "")
  return authorization
}

/** Twelve hex digits: enough to tell principals apart, too few to search keys by. */
export const fingerprint = (identifying: string, salt: string): Principal =>
  createHash("sha256").update(salt).update("\0principal\0").update(identifying).digest("hex").slice(0, 12)
