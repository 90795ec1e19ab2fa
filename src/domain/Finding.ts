/** A problem of the present polling: the rule that found it, and its severity. */
import type { CallId } from "./Call.js"

/** The gravest first. */
export const severities = ["error", "warning", "info"] as const

export type Severity = (typeof severities)[number]

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  severities.indexOf(severity) <= severities.indexOf(least)

/** The integration that a finding is about; `null` where it is about an account or a key. */
export const integrationOf = (
  { integration, pollerId }: Finding,
  pollers: ReadonlyArray<{ readonly id: string; readonly integration: string }>
): string | null => pollers.find(({ id }) => id === pollerId)?.integration ?? integration ?? null

export interface Finding {
  readonly rule: string
  /** The same for the same fault in every audit, of this database or another. */
  readonly fingerprint: string
  /** Whether the baseline names it: it is shown, and fails no gate. */
  readonly known: boolean
  readonly severity: Severity
  readonly pollerId: string | null
  /** Of a finding about a program's calls of no poller. */
  readonly integration?: string
  readonly message: string
  /** Its cost: calls over the window, or seconds; `null` where neither fits. */
  readonly consequence: { readonly calls: number | null; readonly seconds: number | null } | null
  readonly fix: string
  readonly evidence: ReadonlyArray<CallId>
}
