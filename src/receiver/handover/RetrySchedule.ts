/** When a failed hand-over is tried again. Pure. */

/** Waits before each further try, in seconds, before jitter: 16 tries over some nine hours. */
export const defaultRetrySeconds: ReadonlyArray<number> = [
  1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 7200, 7200
]

/**
 * Share of a wait by which it is made longer or shorter, so that events that failed together are not retried
 * together.
 */
const jitter = 0.2

/**
 * Milliseconds to wait after the try number `attempt` (from 0) of a delivery; `null` when it is given up.
 * Deterministic.
 */
export const retryWaitMs = (schedule: ReadonlyArray<number>, attempt: number, deliveryId: number): number | null => {
  const seconds = schedule[attempt]
  if (seconds === undefined) return null
  // A hash in place of chance, so that a replay with the same seed waits alike.
  const spread = (Math.imul(deliveryId * 31 + attempt, 0x9e3779b1) >>> 0) / 2 ** 32
  return Math.round(seconds * 1000 * (1 + jitter * (2 * spread - 1)))
}
