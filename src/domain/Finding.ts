/** A problem of the present polling: the rule that found it, and its severity. */
import type { CallId } from "./Call.js"

/** The gravest first. */
export const severities = ["error", "warning", "info"] as const

export type Severity = (typeof severities)[number]

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  severities.indexOf(severity) <= severities.indexOf(least)

export interface Finding {
  readonly rule: string
  /** The same for the same fault in every audit, of this database or another. */
  readonly fingerprint: string
  /** Whether the baseline names it: it is shown, and fails no gate. */
  readonly known: boolean
  readonly severity: Severity
  readonly pollerId: string | null
  readonly message: string
  /** Its cost: calls over the window, or seconds; `null` where neither fits. */
  readonly consequence: { readonly calls: number | null; readonly seconds: number | null } | null
  readonly fix: string
  readonly evidence: ReadonlyArray<CallId>
}
