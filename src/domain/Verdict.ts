/** The verdict on a poller. The rules that choose are in analysis/Verdicts.ts and printed in every report. */

export type Verdict =
  /** Events carry the changes; a slow reconciliation is the safety net. */
  | "migrate"
  /** Events carry a part; the rest waits for reconciliation, and the report says how long and how much. */
  | "hybrid"
  /** Events do not fit, and calling less would lose nothing. */
  | "tune"
  /** Goes on as it is. */
  | "keep"

/** Whether webhooks take its place. */
export const isReplaced = ({ verdict }: { readonly verdict: Verdict }): boolean =>
  verdict === "migrate" || verdict === "hybrid"

interface Judged {
  readonly verdict: Verdict
  readonly calls: number
  readonly callsAfter: number
}

/** The fate of a poller in the migration plan. */
export const becomes = (poller: Judged): "replaced" | "tuned" | "kept" =>
  isReplaced(poller) ? "replaced" : poller.callsAfter < poller.calls ? "tuned" : "kept"

/** Calls that tuning takes from the pollers that stay. */
export const tunedAway = (pollers: ReadonlyArray<Judged>): number =>
  pollers.reduce((sum, poller) => sum + (isReplaced(poller) ? 0 : poller.calls - poller.callsAfter), 0)

/** The reason that a plan names: the first that is not about the length of the recording. */
export const mainReason = (reasons: ReadonlyArray<string>): string =>
  reasons.find((reason) => !reason.startsWith("extrapolated")) ?? ""
