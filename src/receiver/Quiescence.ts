/**
 * Whether work is under way that ends by itself. A replay in virtual time lets time pass only while there is none,
 * and a close waits for the part of it that it must not lose: stored deliveries that have not moved the state of
 * their entities.
 */

/** Told when work begins (1) and when it ends (-1). */
export type OnWork = (change: 1 | -1) => void

export interface Quiescence {
  /** Counts a piece of work from its beginning to its end, whichever way it ends. */
  readonly during: <A>(work: () => Promise<A>) => Promise<A>
  /** A delivery is stored: its event has to move the state of its entity. */
  readonly expectState: () => void
  /** All stored events have moved the state, or cannot now. */
  readonly stateSettled: () => void
  /** Resolves once no event is expected to move the state; at once where that is so. */
  readonly whenStateSettled: () => Promise<void>
}

export const makeQuiescence = (onWork: OnWork = () => undefined): Quiescence => {
  let expecting = false
  const waiting: Array<() => void> = []
  return {
    during: async (work) => {
      onWork(1)
      try {
        return await work()
      } finally {
        onWork(-1)
      }
    },
    expectState: () => {
      if (expecting) return
      expecting = true
      onWork(1)
    },
    stateSettled: () => {
      if (!expecting) return
      expecting = false
      onWork(-1)
      for (const resolve of waiting.splice(0)) resolve()
    },
    whenStateSettled: () => (expecting ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve())
  }
}
