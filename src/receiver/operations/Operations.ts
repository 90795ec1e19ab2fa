/** The channels to operators that all parts of a receiver share: log, metrics, troubles, readiness, spans. */

import { steadyNow } from "../inbox/SteadyClock.js"
import type { ReceiverOptions } from "../ReceiverOptions.js"
import { type Log, noLog, sparingly } from "./Log.js"
import { type Metrics, makeMetrics } from "./Metrics.js"
import { makeReadiness, type Readiness } from "./Readiness.js"
import { type Trace, traceWith } from "./Tracing.js"
import { makeTroubles, type Troubles } from "./Troubles.js"

export interface Operations {
  readonly log: Log
  readonly metrics: Metrics
  readonly troubles: Troubles
  readonly readiness: Readiness
  readonly trace: Trace | undefined
}

export const makeOperations = (options: Pick<ReceiverOptions, "log" | "tracer" | "watch">): Operations => {
  const { log: given = noLog, tracer, watch } = options
  const log = sparingly(given, steadyNow)
  const metrics = makeMetrics()
  return {
    log,
    metrics,
    troubles: makeTroubles({ log, metrics, now: steadyNow, lastingAfterMs: watch?.stalledAfterMs }),
    readiness: makeReadiness(),
    trace: tracer === undefined ? undefined : traceWith(tracer)
  }
}
