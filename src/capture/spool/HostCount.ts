/**
 * A count of calls to a host that is not recorded. It travels through the arena as an observation with an empty method,
 * which no HTTP request has.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { Observation } from "../Observation.js"

const countMethod = ""

/** Stands for all hosts beyond those that are counted one by one. */
export const furtherHosts = "further hosts"

export const isHostCount = ({ method }: Observation): boolean => method === countMethod

export const hostCount = (host: string, calls: number, at: EpochMillis): Observation => ({
  startedAt: at,
  durationMs: null,
  requestId: null,
  requestKnown: false,
  method: countMethod,
  url: host,
  authorization: null,
  userAgent: null,
  status: null,
  error: null,
  requestBytes: calls,
  responseBytes: null,
  limitTotal: null,
  limitRemaining: null,
  retryAfter: null,
  serverTime: null,
  contentEncoding: null,
  contentType: null,
  body: null,
  bodyId: null,
  sameBody: false,
  requestBody: null
})
