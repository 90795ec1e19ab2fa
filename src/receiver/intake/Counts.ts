/** Counts of what was refused, and of which secrets were used: written now and then, and kept for the next time while that fails. */
import type { EpochMillis } from "../../domain/Time.js"
import type { InboxThread } from "../inbox/InboxThread.js"

export interface Counts {
  readonly refused: (source: string, reason: string) => void
  /** `place`: of the secret among the source's. */
  readonly verified: (source: string, place: number) => void
  /** Writes down what there is. */
  readonly keep: () => Promise<void>
  /** Writes nothing by itself any more. */
  readonly stop: () => void
}

const keepEveryMs = 1_000

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

export const makeCounts = (options: {
  readonly ask: InboxThread["ask"]
  readonly now: () => EpochMillis
  readonly secretOf: (source: string, place: number) => string
}): Counts => {
  const { ask, now, secretOf } = options
  const refusals: Tally = new Map()
  const secretUses: Tally = new Map()

  const keep = async (): Promise<void> => {
    const refused = taken(refusals)
    if (refused.length > 0)
      await ask(
        "countRejections",
        refused.map(({ count, source, word }) => ({ source, reason: String(word), count }))
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
  const keepSoon = (): void => {
    if (scheduled) return
    scheduled = true
    setTimeout(() => {
      scheduled = false
      if (!stopped) void keep()
    }, keepEveryMs).unref()
  }
  return {
    refused: (source, reason) => {
      add(refusals, source, reason, 1)
      keepSoon()
    },
    verified: (source, place) => {
      add(secretUses, source, place, 1)
      keepSoon()
    },
    keep,
    stop: () => {
      stopped = true
    }
  }
}
