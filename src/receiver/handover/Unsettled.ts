/**
 * Results of events since the last exchange with the inbox: delivered, failed, given back. They are settled together.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { Settlement } from "../inbox/HandOverQueue.js"

export interface Unsettled {
  readonly count: () => number
  readonly hasFailures: () => boolean
  readonly delivered: (id: number) => void
  readonly failed: (id: number, retryAt: EpochMillis | null, error: string) => void
  readonly returned: (ids: ReadonlyArray<number>) => void
  /** All of it, for an exchange. */
  readonly take: () => Settlement
  /** The exchange failed: settled with the next one. A crash before that hands the events over once more. */
  readonly putBack: (settlement: Settlement) => void
}

export const makeUnsettled = (): Unsettled => {
  let delivered: Array<number> = []
  let failed: Array<Settlement["failed"][number]> = []
  let returned: Array<number> = []
  return {
    count: () => delivered.length + failed.length + returned.length,
    hasFailures: () => failed.length > 0,
    delivered: (id) => void delivered.push(id),
    failed: (id, retryAt, error) => void failed.push({ id, retryAt, error }),
    returned: (ids) => void returned.push(...ids),
    take: () => {
      const settlement = { delivered, failed, returned }
      delivered = []
      failed = []
      returned = []
      return settlement
    },
    putBack: (settlement) => {
      delivered.unshift(...settlement.delivered)
      failed.unshift(...settlement.failed)
      returned.unshift(...settlement.returned)
    }
  }
}
