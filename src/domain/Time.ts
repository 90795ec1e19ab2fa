/**
 * Moments and spans. A moment is `EpochMillis`; a span says its unit in its name, or is an Effect `Duration`.
 * `Timekeeper` is how plain code waits and stamps: the real clock in production, virtual time in a replay.
 */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMillis = number

export interface Timekeeper {
  readonly now: () => EpochMillis
  /**
   * Runs `run` at the moment `at` (at once when it has passed). Returns how to cancel it. `inert` says that nothing
   * which `run` starts outlives it, so that virtual time need not wait for quiet afterwards.
   */
  readonly at: (at: EpochMillis, run: () => void, inert?: boolean) => () => void
}

/** The machine's own clock. Timers do not keep the process alive by themselves. */
export const realTime: Timekeeper = {
  now: () => Date.now(),
  at: (at, run) => {
    // setTimeout overflows after 24.8 days; a longer wait is taken in steps.
    const longest = 2 ** 31 - 1
    let timer: NodeJS.Timeout
    const arm = () => {
      const left = at - Date.now()
      timer = left > longest ? setTimeout(arm, longest) : setTimeout(run, Math.max(0, left))
      timer.unref()
    }
    arm()
    return () => clearTimeout(timer)
  }
}

/** `2026-11-23T10:00:00Z`: whole seconds, as Freshdesk writes its stamps. */
export const toWholeSecondIso = (at: EpochMillis): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/**
 * The first and the last moment whose year has four digits: providers' stamps have no others, and every date can be
 * shown.
 */
const firstMoment = Date.parse("0000-01-01T00:00:00.000Z")
const lastMoment = Date.parse("9999-12-31T23:59:59.999Z")

/** Whether a number can be a moment: whole milliseconds of a year from 0 to 9999. */
export const isMoment = (value: unknown): value is EpochMillis =>
  Number.isInteger(value) && (value as number) >= firstMoment && (value as number) <= lastMoment

/** `null` for a text that is not a timestamp. A stamp without a zone is taken as UTC, as Freshworks means it. */
export const parseTimestamp = (value: unknown): EpochMillis | null => {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d/.test(value)) return null
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(value) || value.length === 10 ? value : `${value}Z`
  const at = Date.parse(zoned)
  return isMoment(at) ? at : null
}

/** Whether a stamp says more than a moment holds. */
export const isFinerThanMillis = (stamp: string): boolean => /\.\d{3}0*[1-9]/.test(stamp)
