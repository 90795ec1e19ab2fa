/**
 * Reasons why the receiver is not ready: one registry, to which every part adds a check of what it knows already.
 * `/readyz` answers from it without asking anything else.
 */
import type { Log } from "./Log.js"

/** A sentence with the fault and its remedy; `null` when all is well. */
export type Standing = () => string | null

export interface Readiness {
  readonly add: (part: string, standing: Standing) => void
  /** By part; empty when ready. */
  readonly reasons: () => ReadonlyMap<string, string>
  /** Logs changes since the last call. */
  readonly tell: (log: Log) => void
}

export const makeReadiness = (): Readiness => {
  const parts = new Map<string, Standing>()
  let told: ReadonlyMap<string, string> = new Map()
  const reasons = (): ReadonlyMap<string, string> =>
    new Map(
      [...parts].flatMap(([part, standing]) => {
        const reason = standing()
        return reason === null ? [] : [[part, reason] as const]
      })
    )
  return {
    add: (part, standing) => void parts.set(part, standing),
    reasons,
    tell: (log) => {
      const now = reasons()
      for (const [part, reason] of now) if (told.get(part) !== reason) log("error", `not ready: ${reason}`, { part })
      for (const part of told.keys())
        if (!now.has(part))
          log("info", now.size === 0 ? "ready again" : "still not ready, for another reason", { part })
      told = now
    }
  }
}
