/**
 * The faults of `--faults`, `POST /_sim/faults` and the replays, by name: each has one meaning (docs/replay.md,
 * "Faults"). Shares are from 0 to 1; a window has a beginning and an end.
 */

/** Shares of the pushes that something befalls between the provider and the receiver; each a share of `PushFaults`. */
export const pushFaults = ["drop", "duplicate", "reorder", "delay"] as const

/** The same, and `slowAck`: deliveries that reach the disk too late to be acknowledged in time. */
export const shareFaults = [...pushFaults, "slowAck"] as const

/**
 * Faults that last: the receiver or the provider is away, the rule is off, one end has another secret, attempts vanish.
 */
export const windowFaults = ["receiverDown", "providerDown", "ruleOff", "secretRotated", "lossBurst"] as const

/** The receiver's process is killed and started again at a moment; its clock is wrong throughout. */
export const processFaults = ["restart", "skew"] as const

export type PushFault = (typeof pushFaults)[number]
export type WindowFault = (typeof windowFaults)[number]

/** Every name that `--faults` takes. */
export const faultNames: ReadonlyArray<string> = [...shareFaults, ...windowFaults, ...processFaults]
