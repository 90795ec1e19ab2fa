/**
 * A line of a history (docs/replay.md, "Histories"): an occurrence, told by its driver. `t` is epoch
 * milliseconds, `entity` an entity type, `id` the entity's own; a `push` is one change on its way, a `key` one event in
 * the inbox.
 */

interface At {
  readonly t: number
}
interface Named {
  readonly entity: string
  readonly id: string
}
interface Versioned extends Named {
  readonly updatedAt: number | null
}

/** The scenario's facts that the checker holds the other lines against. */
export interface Begin {
  readonly k: "begin"
  readonly version: 1
  readonly of: "model" | "wire" | "receiver"
  readonly account: string
  readonly from: number
  readonly to: number
  /** Whether it goes on until losses are healed: only then can a loss be told. */
  readonly settled: boolean
  /** Further tries that a push may have; `null` where the sender's policy is not known. */
  readonly retries: number | null
  /** Limit of the webhook path's own calls; `null` where it is unknown. */
  readonly limit: { readonly calls: number; readonly periodMs: number } | null
  /** Types that the receiver looks after, and whether a deletion of one ever shows. */
  readonly types: ReadonlyArray<{ readonly entity: string; readonly deletionsShow: boolean }>
  /** Pollers that are to see the last version of everything that they list. */
  readonly pollers: ReadonlyArray<{ readonly name: string; readonly entity: string }>
}

export interface Counts {
  readonly stored: number
  readonly duplicates: number
  readonly attempts: number
  readonly applied: number
  readonly pollingCalls: number
  readonly webhookCalls: number
}

export type HistoryLine =
  | Begin
  | (At &
      Versioned & {
        readonly k: "change"
        readonly action: "create" | "update" | "delete" | "touch"
        /** A delivery was sent for it, and whether one tells of it. */
        readonly pushed: boolean
        readonly covered: boolean
        /** Counts the changes of the entity's fields; a touch makes none. */
        readonly version?: number
      })
  | (At & Versioned & { readonly k: "push"; readonly push: string; readonly key: string })
  /** No attempt will get it through: the policy, the allowance or a fault dropped it. */
  | (At & { readonly k: "dropped"; readonly push: string })
  | (At & { readonly k: "attempt"; readonly push: string; readonly try: number })
  | (At &
      Versioned & {
        readonly k: "stored"
        readonly key: string
        readonly origin: "webhook" | "reconciliation"
      })
  | (At & { readonly k: "duplicate"; readonly key: string })
  /** The answer that the sender got; `ok` is a 200 in time. */
  | (At & { readonly k: "answered"; readonly push: string; readonly key: string; readonly ok: boolean })
  | (At & { readonly k: "fetched"; readonly key: string; readonly updatedAt: number | null })
  | (At &
      Versioned & {
        readonly k: "applied"
        readonly key: string
        readonly origin: "webhook" | "reconciliation"
        readonly late: boolean
        /** It says that the entity is gone. */
        readonly deletion: boolean
        /** The finer moment of the change, where the delivery tells it. */
        readonly moment: number | null
      })
  /** A sweep, or a delivery of what was told already, moved a stamp in the state and nothing else of it. */
  | (At & Versioned & { readonly k: "refreshed" })
  | (At & { readonly k: "handed"; readonly key: string })
  /** Given up, or not understood: kept for a person. Or another event had told of it already. */
  | (At & { readonly k: "setAside"; readonly key: string; readonly state: "dead" | "quarantined" | "duplicate" })
  | (At & {
      readonly k: "call"
      readonly path: "polling" | "webhook"
      readonly purpose: "poll" | "reconciliation" | "hydration" | "retry"
      readonly who: string
      readonly status: number
    })
  | (At & { readonly k: "sweep"; readonly path: "polling" | "webhook"; readonly who: string; readonly found: number })
  | (At & Versioned & { readonly k: "seen"; readonly poller: string })
  | (At & { readonly k: "receiver"; readonly is: "up" | "down" })
  | (Versioned & { readonly k: "state"; readonly deleted: boolean; readonly version?: number })
  | (Counts & { readonly k: "end" })

/** Lines of one kind. */
export type LineOf<K extends HistoryLine["k"]> = Extract<HistoryLine, { readonly k: K }>

export type History = ReadonlyArray<HistoryLine>

export type HistorySink = (line: HistoryLine) => void
