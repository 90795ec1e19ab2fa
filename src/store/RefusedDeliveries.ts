/**
 * Sources of which deliveries are refused by their signature or its age, with none accepted since: the secret differs
 * on the two sides, or the clocks do. Deliveries without a signature do not count, and a few tries are a stranger's.
 */
import type { EpochMillis } from "../domain/Time.js"
import type { Database } from "./Database.js"

/** So many in a row, over so long: the account's own deliveries go on coming. */
const fewest = 3
const shortestMs = 60_000

export interface RefusedDeliveries {
  readonly source: string
  readonly lastAt: EpochMillis
  readonly reason: "wrong" | "expired"
}

/** Reads them anew each time; one of each source. */
export const refusedDeliveries = (database: Database): (() => ReadonlyArray<RefusedDeliveries>) => {
  const rows = database.prepare<[], RefusedDeliveries>(
    `SELECT source, max(last_at) AS lastAt, reason FROM rejection
     WHERE reason IN ('wrong', 'expired') AND in_a_row >= ${fewest} AND last_at - row_began_at >= ${shortestMs}
       AND last_at > coalesce((SELECT max(last_at) FROM secret_use WHERE secret_use.source = rejection.source), 0)
     GROUP BY source ORDER BY source`
  )
  return () => rows.all()
}
