/**
 * The calls of a sweep, one after the other. Without a limit in the way they all belong to one moment; a call that has
 * to wait suspends the sweep, which looks at the account again when it goes on.
 */
import { type Calls, purpose, refused } from "./Calls.js"

/** A sweep under way: yields moments at which it goes on. */
export type Steps = Generator<number, void, void>

export interface SweepCalls {
  /** When the sweep began. */
  readonly begunAt: () => number
  /** The moment at which it looks at the account. */
  readonly now: () => number
  /** When its next call may go out, as far as its own calls before that decide. */
  readonly next: () => number
  readonly begin: (at: number) => void
  readonly make: (what: number, name: string, times: number) => Steps
  /** A call that the provider fails. */
  readonly fail: (name: string) => void
  /** The process ends. */
  readonly forget: () => void
}

export const makeSweepCalls = (calls: Calls): SweepCalls => {
  let begunAt = 0
  let now = 0
  let next = 0
  /** The last call was refused: its repetition is a retry. */
  let again = false

  /** Makes a call, or returns the moment to wait for; 0 where it is made. */
  const attempt = (what: number, name: string): number => {
    const free = calls.freeAt(next)
    if (free > next) return free
    const done = calls.make(again ? purpose.retry : what, next, name, 200, begunAt)
    again = done === refused
    if (again) return calls.freeAt(next)
    next = done
    return 0
  }

  return {
    begunAt: () => begunAt,
    now: () => now,
    next: () => next,
    begin: (at) => {
      begunAt = now = next = at
    },
    make: function* (what, name, times) {
      for (let left = times; left > 0; left--) {
        for (let wait = attempt(what, name); wait > 0; wait = attempt(what, name)) {
          yield wait
          now = next = wait
        }
      }
    },
    fail: (name) => {
      next = Math.max(next, calls.make(purpose.reconciliation, calls.freeAt(next), name, 503, begunAt))
    },
    forget: () => {
      again = false
    }
  }
}
