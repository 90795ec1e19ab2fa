/** The results of storing a delivery or a finding. */

export type PutResult = "stored" | "duplicate" | "quarantined"

/** `unavailable`: not on disk, or not known to be. */
export type CommitResult = PutResult | "unavailable"
