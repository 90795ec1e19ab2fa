/**
 * Whose requests may be answered from the state. The provider decides who gets in: a credential counts once it has
 * passed there, for a stated time. Who may see everything is a setting. No credential is kept, only a keyed fingerprint
 * of the whole `Authorization` value.
 */
import { createHmac } from "node:crypto"
import { dropOldest } from "../domain/Bounded.js"
import type { EpochMillis } from "../domain/Time.js"

export interface Principal {
  /** 128 bits, in hexadecimal digits. */
  readonly fingerprint: string
  /** Shown to see all that the source's own key sees. */
  readonly seesAll: boolean
}

/** Bounds the memory: a client that makes up credentials gets none of them remembered, since none passes. */
const mostAdmitted = 10_000

export class Principals {
  private readonly admitted = new Map<string, EpochMillis>()

  /** `seesAll`: by source, the keys of those who may see everything. `forMs`: how long a check lasts. */
  constructor(
    private readonly key: Buffer,
    private readonly seesAll: ReadonlyMap<string, ReadonlySet<string>>,
    private readonly forMs: number
  ) {}

  /** `null` where the request shows no credential. */
  of(source: string, authorization: string | undefined): Principal | null {
    if (authorization === undefined || authorization === "") return null
    return {
      fingerprint: this.hash(source, authorization),
      seesAll: this.seesAll.get(source)?.has(secretIn(authorization)) === true
    }
  }

  isAdmitted({ fingerprint }: Principal, now: EpochMillis): boolean {
    return (this.admitted.get(fingerprint) ?? 0) > now
  }

  /** The provider has answered a request of this principal. */
  takeAnswer({ fingerprint }: Principal, status: number, now: EpochMillis): void {
    if (status === 401 || status === 403) this.admitted.delete(fingerprint)
    if (status < 200 || status > 299) return
    this.admitted.delete(fingerprint)
    this.admitted.set(fingerprint, now + this.forMs)
    dropOldest(this.admitted, mostAdmitted)
  }

  private hash(source: string, authorization: string): string {
    return createHmac("sha256", this.key).update(`${source}\0${authorization}`).digest("hex").slice(0, 32)
  }
}

/**
 * The secret part of an `Authorization` value: the key of Basic, which Freshdesk and Freshservice take with any
 * password; the token of the other schemes. It decides nothing before the whole value has passed at the provider.
 */
export const secretIn = (authorization: string): string => {
  const [scheme = "", rest = ""] = /^(\S+)\s+(.*)$/s.exec(authorization.trim())?.slice(1) ?? []
  if (scheme.toLowerCase() === "basic") return Buffer.from(rest, "base64").toString("utf8").split(":")[0] ?? ""
  return scheme.toLowerCase() === "token" ? rest.replace(/^token=/i, "").replace(/^"|"$/g, "") : rest
}
