/** A condition that the user asked an audit to fail on, and whether it is met. */
export interface Gate {
  readonly name: "reduction" | "findings" | "parity"
  readonly passed: boolean
  /** A sentence without its full stop. */
  readonly message: string
}
