/** A mirror cannot start; `message` says what to do. */
export class MirrorError extends Error {
  readonly _tag = "MirrorError"
  /**
   * `config`: a setting; `store`: the database or its key; `address`: the operators' address; `through`: its own calls
   * would come back to it.
   */
  readonly reason: "config" | "store" | "address" | "through"
  constructor(reason: MirrorError["reason"], message: string) {
    super(message)
    this.name = "MirrorError"
    this.reason = reason
  }
}
