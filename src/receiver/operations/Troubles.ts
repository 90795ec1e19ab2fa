/**
 * Troubles that keep acknowledged deliveries from moving on: logged sparingly and counted at once, and a reason for
 * `/readyz` to answer 503 once they last. The part that does a kind of work reports when it fails and when it goes
 * on.
 */
import type { Log } from "./Log.js"
import type { Metrics } from "./Metrics.js"

/**
 * How long a trouble lasts before `/readyz` is 503, and how long events may wait without a move before the watchdog
 * says so: long enough for another program's lock or a checkpoint, and with a look every five seconds still said
 * within 30 s (docs/receiver.md).
 */
export const lastingAfterMs = 20_000

const sentences = {
  intake: "deliveries cannot be stored",
  applying: "events wait in the inbox: they cannot be applied",
  "hand-over": "events wait in the inbox: the hand-over cannot read it or write to it",
  purge: "old deliveries cannot be purged: the inbox grows",
  thread: "the inbox's thread does not answer",
  damage: "the database is damaged: what can be read goes on, hookshift db check shows the rest",
  "applying stalled": "events wait in the inbox, and none is applied",
  "hand-over stalled": "events wait in the inbox, and none is handed over"
} as const

export type Work = keyof typeof sentences

/** Reasons of the store, as a person can act on them. */
const reasons: Readonly<Record<string, string>> = {
  full: "there is no room left on the disk",
  locked: "another program holds the database's lock",
  readOnly: "the file cannot be written to",
  damaged: "a page is damaged"
}

export interface Troubles {
  /** `forMs`: how long it has been so already. */
  readonly failed: (work: Work, reason: string, forMs?: number) => void
  readonly worked: (work: Work) => void
  readonly has: (work: Work) => boolean
  /** Those that have lasted, as sentences. */
  readonly lasting: () => ReadonlyArray<string>
}

export const makeTroubles = (options: {
  readonly log: Log
  readonly metrics: Metrics
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number
  readonly lastingAfterMs?: number | undefined
}): Troubles => {
  const { log, metrics, now } = options
  const after = options.lastingAfterMs ?? lastingAfterMs
  const troubles = new Map<Work, { readonly since: number; readonly reason: string }>()
  return {
    failed: (work, reason, forMs = 0) => {
      const since = troubles.get(work)?.since ?? now() - forMs
      troubles.set(work, { since, reason: reasons[reason] ?? reason })
      metrics.troubles.inc({ work, reason })
      metrics.stopped.set({ work }, 1)
      log("error", sentences[work], { reason: reasons[reason] ?? reason })
    },
    worked: (work) => {
      const known = troubles.get(work)
      if (known === undefined) return
      troubles.delete(work)
      metrics.stopped.set({ work }, 0)
      if (now() - known.since >= after) log("info", `over: ${sentences[work]}`, { reason: known.reason })
    },
    has: (work) => troubles.has(work),
    lasting: () =>
      [...troubles].flatMap(([work, { reason, since }]) => {
        const forMs = now() - since
        return forMs < after ? [] : [`${sentences[work]}: ${reason}, for ${Math.round(forMs / 1_000)} s`]
      })
  }
}
