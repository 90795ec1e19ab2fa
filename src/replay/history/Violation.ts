/** What the checker finds wrong with a history. */

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
  /** What is wrong, with the entity, push or key that it is wrong of. */
  readonly message: string
  /** The line in the history, from 1; `null` where it is of the whole. */
  readonly line: number | null
}

/** Notes a violation that a line shows. */
export type Wrong = (rule: Violation["rule"], message: string, line: number) => void
