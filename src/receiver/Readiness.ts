/**
 * Why the receiver is not ready: one registry, to which every part that can stop a delivery on its way sets its reason and takes
 * it back. `/readyz` answers from it without asking anything, and each change is one line in the log.
 */
import type { Log } from "./Log.js"

export interface Readiness {
  /** `name` says which part it is; `reason` is a sentence that says what is wrong and what to do, `null` that all is well. */
  readonly set: (name: string, reason: string | null) => void
  /** By name; empty when ready. */
  readonly reasons: () => ReadonlyMap<string, string>
}

export const makeReadiness = (log: Log, onChange: (ready: boolean) => void = () => undefined): Readiness => {
  const reasons = new Map<string, string>()
  return {
    set: (name, reason) => {
      const before = reasons.get(name)
      if (before === (reason ?? undefined)) return
      if (reason === null) {
        reasons.delete(name)
        log("info", reasons.size === 0 ? "ready again" : "still not ready, for another reason", { part: name })
      } else {
        reasons.set(name, reason)
        log("error", `not ready: ${reason}`, { part: name })
      }
      onChange(reasons.size === 0)
    },
    reasons: () => reasons
  }
}
