/** A violation that the checker finds in a history. */

export interface Violation {
  /** Which of the rules (docs/replay.md, "What the checker checks"). */
  readonly rule:
    | "acknowledged"
    | "duplicate"
    | "once"
    | "order"
    | "fetches"
    | "tries"
    | "limit"
    | "lost"
    | "deleted"
    | "polled"
    | "counts"
    | "shape"
  /** The violation in words, with its entity, push or key. */
  readonly message: string
  /** The line in the history, from 1; `null` where it is of the whole. */
  readonly line: number | null
}

/** Notes a violation that a line shows. */
export type Wrong = (rule: Violation["rule"], message: string, line: number) => void
