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
