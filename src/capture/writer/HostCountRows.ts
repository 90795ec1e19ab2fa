/** Rows of `other_host`: how many calls an integration made to hosts that are not recorded. */
import type { Database } from "../../store/index.js"
import type { Observation } from "../Observation.js"
import { furtherHosts } from "../spool/HostCount.js"

/** Hosts that a database counts one by one; calls to further ones are counted together. */
const mostHosts = 500
/** A name or an address, with or without a port. */
const hostName = /^[a-z0-9._\-[\]:%]{1,255}$/i

export const makeHostCountRows = (database: Database, integration: string): ((count: Observation) => void) => {
  const add = database.prepare(
    `INSERT INTO other_host (host, integration, calls, last_seen_at)
     SELECT CASE WHEN EXISTS (SELECT 1 FROM other_host WHERE host = @host) OR (SELECT count(*) FROM other_host) < @most
       THEN @host ELSE @further END, @integration, @calls, @at
     WHERE true
     ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, last_seen_at = max(last_seen_at, excluded.last_seen_at)`
  )
  return ({ requestBytes, startedAt, url }) =>
    void add.run({
      host: hostName.test(url) ? url : furtherHosts,
      further: furtherHosts,
      most: mostHosts,
      integration,
      calls: requestBytes ?? 1,
      at: Math.floor(startedAt)
    })
}
