/** The parts that a sweep is made of, and how it can fail. */
import type { Duration, Effect } from "effect"
import type { Policy } from "../../policy/index.js"
import type { EntityReader, ProviderError } from "../../providers/clients.js"
import type { Provider } from "../../providers/index.js"
import type { Inbox } from "../inbox/Inbox.js"
import type { Beginnings } from "./Beginnings.js"
import type { Findings, InboxUnavailable } from "./Findings.js"
import type { Unreads } from "./Unread.js"

export type SweepError = ProviderError | InboxUnavailable

export interface SweepParts {
  readonly source: string
  readonly provider: Provider
  readonly inbox: Inbox
  readonly policy: Policy
  readonly findings: Findings
  readonly beginnings: Beginnings
  readonly unreads: Unreads
  /** Its calls count as reconciliation. */
  readonly sweeper: EntityReader
  /** Its calls count as hydration: what the events of changed parents lack. */
  readonly hydrator: EntityReader
  /** Writes down which items of the lists were in a shape that is not known. */
  readonly unreadable: (root: string) => Effect.Effect<void, InboxUnavailable>
  readonly overlapMs: number
  readonly deletionsEvery: Duration.Duration | undefined
}
