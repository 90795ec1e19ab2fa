/**
 * Why the receiver is not ready: one registry, to which every part adds how it stands. `/readyz` answers from it, so that a part
 * tells what it knows already and asks nothing.
 */
import type { Log } from "./Log.js"

/** A sentence that says what is wrong and what to do; `null`: all is well. */
export type Standing = () => string | null

export interface Readiness {
  readonly add: (part: string, standing: Standing) => void
  /** By part; empty when ready. */
  readonly reasons: () => ReadonlyMap<string, string>
  /** Logs what has changed since the last time. */
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
