/**
 * Counts refused deliveries and uses of each secret. Written to the inbox once a second; a count that cannot be
 * written is kept.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { InboxThread } from "../inbox/InboxThread.js"

export interface UsageCounters {
  readonly refused: (source: string, reason: string) => void
  /** `place`: of the secret among the source's. */
  readonly verified: (source: string, place: number) => void
  /** Writes all counts now. */
  readonly flush: () => Promise<void>
  /** No more writes by itself. */
  readonly stop: () => void
}

const flushEveryMs = 1_000

/** By source and a second word, both of which may have any characters. */
type Tally = Map<string, { readonly source: string; readonly word: string | number; readonly count: number }>

const add = (tally: Tally, source: string, word: string | number, count: number): void => {
  const key = JSON.stringify([source, word])
  tally.set(key, { source, word, count: (tally.get(key)?.count ?? 0) + count })
}

const taken = (tally: Tally) => {
  const all = [...tally.values()]
  tally.clear()
  return all
}

export const makeUsageCounters = (options: {
  readonly ask: InboxThread["ask"]
  readonly now: () => EpochMillis
  readonly secretOf: (source: string, place: number) => string
}): UsageCounters => {
  const { ask, now, secretOf } = options
  const refusals: Tally = new Map()
  const secretUses: Tally = new Map()

  const flush = async (): Promise<void> => {
    const refused = taken(refusals)
    if (refused.length > 0)
      await ask(
        "countRejections",
        refused.map(({ count, source, word }) => ({ source, reason: String(word), count })),
        now()
      ).catch(() => {
        for (const { count, source, word } of refused) add(refusals, source, word, count)
      })
    for (const { count, source, word } of taken(secretUses))
      await ask("noteSecretUse", source, secretOf(source, Number(word)), now(), count).catch(() =>
        add(secretUses, source, word, count)
      )
  }

  let scheduled = false
  let stopped = false
  const flushSoon = (): void => {
    if (scheduled) return
    scheduled = true
    setTimeout(() => {
      scheduled = false
      if (!stopped) void flush()
    }, flushEveryMs).unref()
  }
  return {
    refused: (source, reason) => {
      add(refusals, source, reason, 1)
      flushSoon()
    },
    verified: (source, place) => {
      add(secretUses, source, place, 1)
      flushSoon()
    },
    flush,
    stop: () => {
      stopped = true
    }
  }
}
