/**
 * Loss and latency of an account's pushes, measured while a receiver ran; a plan takes them in place of assumptions.
 */
export interface MeasuredLoss {
  /** Changes that an event covers and that were seen otherwise as well, by polls or by reconciliation. */
  readonly seen: number
  /** Of `seen`: those that no push brought. */
  readonly lost: number
  /** Upper bound of the share that is lost, 0 to 1, at the confidence of the live comparison. */
  readonly atMost: number
}

export interface PushEvidence {
  /** By entity type. */
  readonly loss: Readonly<Record<string, MeasuredLoss>>
  /** From the change to the first arrival, in whole milliseconds, rising: quantiles. `null` of too few deliveries. */
  readonly latencies: ReadonlyArray<number> | null
  /** Deliveries that `latencies` rests on. */
  readonly deliveries: number
}

/** Fewest changes seen, or deliveries, that take the place of assumptions. */
export const fewestForEvidence = 30

/** The share of pushes that a plan takes to be lost: the upper bound once any was, else none [assumed]. */
export const reckonedLoss = (evidence: PushEvidence | undefined, entity: string): number => {
  const measured = evidence?.loss[entity]
  return measured === undefined || measured.lost === 0 || measured.seen < fewestForEvidence ? 0 : measured.atMost
}
