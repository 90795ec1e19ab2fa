/** A replay's findings on the programs through the mirror. Durations in seconds. */
import type { Spread } from "./Quantiles.js"

/** How long changes took to reach an integration by polling and through the mirror, in seconds. */
export interface SeenLater {
  readonly changes: number
  readonly polling: Spread
  readonly mirror: Spread
}

/** An integration through the mirror, unchanged but for its base URL. */
export interface MirroredIntegration {
  readonly account: string
  readonly integration: string
  readonly requests: number
  /** Answered from the state. */
  readonly hits: number
  /** Requests that went through to the provider, by reason (docs/mirror.md). */
  readonly passed: Readonly<Record<string, number>>
  /** Of the changes that it saw by polling, those that an event tells of; `null` where it saw none. */
  readonly pushed: SeenLater | null
  /** And those that reconciliation brings. */
  readonly others: SeenLater | null
  /**
   * Changes that it saw by polling, and neither them nor a newer one through the mirror, of entities that are still
   * there.
   */
  readonly unseen: number
}

/** The programs through the mirror. */
export interface MirrorOutcome {
  /** At the provider within the window, everything counted. */
  readonly calls: number
  readonly callsBreakdown: {
    /** Requests that went through, by reason (docs/mirror.md). */
    readonly passed: Readonly<Record<string, number>>
    /** The mirror's own, for entities that the state knows in part. */
    readonly reads: number
    readonly reconciliation: number
    readonly hydration: number
    readonly retries: number
    /** Past the mirror, where a link in a body led there. */
    readonly other: number
  }
  /** Of the programs. */
  readonly requests: number
  /** Answered from the state. */
  readonly hits: number
  readonly seen: number
  readonly missed: number
  readonly collapsed: number
  readonly freshnessSeconds: Spread | null
  readonly byIntegration: ReadonlyArray<MirroredIntegration>
}
