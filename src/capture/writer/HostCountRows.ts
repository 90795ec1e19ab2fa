/** Rows of `other_host`: how many calls an integration made to hosts that are not recorded. */
import { type Database, RecordingStatements } from "../../store/index.js"
import type { Observation } from "../Observation.js"
import { furtherHosts } from "../spool/HostCount.js"

/** Hosts that a database counts one by one; calls to further ones are counted together. */
const mostHosts = 500
/** A name or an address, with or without a port. */
const hostName = /^[a-z0-9._\-[\]:%]{1,255}$/i

export const makeHostCountRows = (database: Database, integration: string): ((count: Observation) => void) => {
  const add = RecordingStatements.countUnrecordedCalls(database)
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
