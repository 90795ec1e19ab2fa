/** A second opinion on each request: it may answer in place of the upstream, or look at the upstream's answer first. */
import type { IncomingMessage } from "node:http"
import type { Arrival } from "./ClientSide.js"
import type { Target } from "./Upstreams.js"

/** A whole answer. Header names are in lower case. */
export interface WholeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly body: Buffer
}

/** Looks at the upstream's whole answer before the client has it. */
export interface Look {
  /** Answers of more bytes, and those that are neither JSON nor a refusal, stream past. */
  readonly mostBytes: number
  /** The answer that the client gets in its place; `null`: the upstream's own bytes. */
  readonly see: (answer: WholeAnswer) => Promise<WholeAnswer | null>
  /** The answer went past unseen, or none came. */
  readonly unseen: () => void
}

export type Decision =
  | { readonly kind: "answer"; readonly answer: WholeAnswer }
  /** Goes to the upstream; `headers` are added to its answer. */
  | {
      readonly kind: "pass"
      readonly headers: Readonly<Record<string, string>>
      readonly look: Look | null
      /** Links stay the upstream's own. */
      readonly keepsLinks?: boolean
    }

export interface Intermediary {
  readonly decide: (
    request: Pick<IncomingMessage, "headers" | "method">,
    target: Target,
    arrival: Pick<Arrival, "origin">
  ) => Promise<Decision>
}
