/** Kinds of events in the model's queue. */
export const eventKind = {
  /** A push's next try; `what` is the push. */
  attempt: 0,
  /** A delivery reaches the disk; `what` is its number among the arrivals. */
  onDisk: 1,
  /** A stored event moves the state, or asks for what it lacks; `what` is the inbox row. */
  apply: 2,
  /** The answer to a fetch arrives. */
  fetched: 3,
  /** A poller sweeps. */
  poll: 4,
  reconcile: 5,
  /** A fault begins or ends; `what` is the window, `ticket` 1 or 0. */
  window: 6,
  restart: 7,
  /** A sender has waited for its answer long enough; `what` is the push. */
  tooLate: 8,
  /** Deferred pushes have their turn. */
  drain: 9
} as const
