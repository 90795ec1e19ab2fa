/** How a request shows who it is. The secret is `Redacted`, so that printing it shows nothing. */
import { Redacted } from "effect"

export interface Authentication {
  readonly scheme: "basic" | "token" | "bearer"
  readonly secret: Redacted.Redacted
}

/** The `Authorization` header's value: Basic `key:X`, `Token token=…`, or `Bearer …` (FRESHWORKS.md, "Products"). */
export const authorizationHeader = (authentication: Authentication): string => {
  const secret = Redacted.value(authentication.secret)
  switch (authentication.scheme) {
    case "basic":
      return `Basic ${Buffer.from(`${secret}:X`).toString("base64")}`
    case "token":
      return `Token token=${secret}`
    case "bearer":
      return `Bearer ${secret}`
  }
}
