/** When a sender is told that its delivery is kept. */
import type { CommitResult } from "../domain/CommitResult.js"

/** Once it is on the disk: a sender that has its answer sends no second time. */
export const answeredAt = (_arrivedAt: number, onDiskAt: number): number => onDiskAt

/** Results of a commit that are answered with 200. `quarantined` is kept too: a further try would not mend it. */
export const isKept = (result: CommitResult): boolean => result !== "unavailable"
