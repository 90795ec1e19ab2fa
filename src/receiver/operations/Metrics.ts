/** Metrics for `/metrics`, in Prometheus' format. Units are in the names. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"
import { acknowledgeWithinMs } from "../../policy/index.js"

type Registers = Array<Registry>

/** Outcomes of a delivery to a source that is known. */
const sourceOutcomes = [
  "stored",
  "duplicate",
  "quarantined",
  "unauthorized",
  "forbidden",
  "unavailable",
  "too_large",
  "too_slow",
  "unsupported",
  "consumed",
  "broken_off"
]
/** Reasons why a sweep ends early, and why an entity is not fetched. */
const failureReasons = { sweep: ["provider", "inbox", "unexpected"], hydration: ["provider", "inbox"] }

/** Deliveries and connections of senders. */
const intakeMetrics = (registers: Registers) => ({
  deliveries: new Counter({
    name: "hookshift_deliveries_total",
    help: `Deliveries by source and outcome: ${sourceOutcomes.join(", ")}, unknown_source, wrong_method`,
    labelNames: ["source", "outcome"],
    registers
  }),
  lastDelivery: new Gauge({
    name: "hookshift_last_delivery_timestamp_seconds",
    help: "When the last delivery of a source was stored, in seconds since 1970",
    labelNames: ["source"],
    registers
  }),
  acknowledgement: new Histogram({
    name: "hookshift_acknowledgement_seconds",
    help: "From the last byte of a delivery to its answer, in seconds",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, acknowledgeWithinMs / 1_000],
    registers
  }),
  connections: new Gauge({ name: "hookshift_connections", help: "Open connections of senders", registers }),
  givenWay: new Counter({
    name: "hookshift_connections_given_way_total",
    help: "Connections closed because there were too many, by state: stranger (brought no signed delivery), idle",
    labelNames: ["state"],
    registers
  })
})

/** The inbox and its thread. Its gauges are looked up now and then (Sampling.ts). */
const inboxMetrics = (registers: Registers) => ({
  commit: new Histogram({
    name: "hookshift_commit_seconds",
    help: "How long a group of deliveries took to be stored, fsync included, in seconds",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 4],
    registers
  }),
  waiting: new Gauge({ name: "hookshift_commit_waiting", help: "Deliveries waiting for the disk", registers }),
  backlog: new Gauge({
    name: "hookshift_hand_over_backlog",
    help: "Events that wait for the handler, retries included",
    registers
  }),
  backlogAge: new Gauge({
    name: "hookshift_hand_over_backlog_age_seconds",
    help: "How long ago the oldest event that waits for the handler was received, in seconds",
    registers
  }),
  dead: new Gauge({ name: "hookshift_dead_letters", help: "Events that were given up", registers }),
  quarantined: new Gauge({
    name: "hookshift_quarantined_deliveries",
    help: "Deliveries that were signed but not understood",
    registers
  }),
  inboxBytes: new Gauge({
    name: "hookshift_inbox_bytes",
    help: "Bytes in use in the database file, free pages left out",
    registers
  }),
  purged: new Counter({
    name: "hookshift_purged_deliveries_total",
    help: "Delivered events that retention has let go of",
    registers
  }),
  setAside: new Counter({
    name: "hookshift_set_aside_total",
    help: "Stored events that could not be read or applied and became dead letters, or lie in damaged pages, by reason",
    labelNames: ["reason"],
    registers
  })
})

/** Events and their target. */
const handOverMetrics = (registers: Registers) => ({
  handedOver: new Counter({
    name: "hookshift_events_handed_over_total",
    help: "Events given to the handler, by source and result: delivered, failed, dead",
    labelNames: ["source", "result"],
    registers
  }),
  handOverUnderWay: new Gauge({
    name: "hookshift_hand_over_under_way",
    help: "Events that the handler has in hand now",
    registers
  })
})

/** Sweeps and hydration. */
const reconciliationMetrics = (registers: Registers) => ({
  providerCalls: new Counter({
    name: "hookshift_provider_calls_total",
    help: "Calls that the receiver itself makes, by source and purpose: reconciliation, hydration, retry",
    labelNames: ["source", "purpose"],
    registers
  }),
  reconciled: new Counter({
    name: "hookshift_reconciliation_events_total",
    help: "Events that only reconciliation brought, by source, entity type and action: what pushes lost or do not cover",
    labelNames: ["source", "entity", "action"],
    registers
  }),
  passedBy: new Counter({
    name: "hookshift_reconciliation_passed_by_total",
    help: "Things that a sweep could not read and went on behind, by source, entity type and fate: gone, refused, later",
    labelNames: ["source", "entity", "fate"],
    registers
  }),
  lastSweep: new Gauge({
    name: "hookshift_reconciliation_last_sweep_timestamp_seconds",
    help: "When the last reconciliation sweep of a source ended well, in seconds since 1970",
    labelNames: ["source"],
    registers
  }),
  sweepFailures: new Counter({
    name: "hookshift_reconciliation_failures_total",
    help: `Sweeps that ended early, by source and reason: ${failureReasons.sweep.join(", ")}`,
    labelNames: ["source", "reason"],
    registers
  }),
  hydrationFailures: new Counter({
    name: "hookshift_hydration_failures_total",
    help: `Entities that could not be fetched for an event, which waits for the next try, by source and reason: ${failureReasons.hydration.join(", ")}`,
    labelNames: ["source", "reason"],
    registers
  })
})

/** Whether acknowledged deliveries move on. */
const standingMetrics = (registers: Registers) => ({
  ready: new Gauge({
    name: "hookshift_ready",
    help: "1 while acknowledged deliveries can move on, 0 while /readyz tells a reason why not",
    registers
  }),
  troubles: new Counter({
    name: "hookshift_troubles_total",
    help: "Times that work of the receiver failed or stood still, by work (intake, applying, hand-over, purge, thread, damage, applying stalled, hand-over stalled) and reason",
    labelNames: ["work", "reason"],
    registers
  }),
  stopped: new Gauge({
    name: "hookshift_stopped",
    help: "1 while a kind of work of the receiver fails or stands still; /readyz is 503 once that has lasted",
    labelNames: ["work"],
    registers
  })
})

export const makeMetrics = () => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    ...intakeMetrics(registers),
    ...inboxMetrics(registers),
    ...handOverMetrics(registers),
    ...reconciliationMetrics(registers),
    ...standingMetrics(registers)
  }
}

/**
 * Counts of these sources begin with zero: the rate of a series that begins with its first count does not show it, and
 * an alert on the rate stays silent.
 */
export const beginWithZero = (metrics: Metrics, sources: Iterable<string>): void => {
  for (const source of sources) {
    for (const outcome of sourceOutcomes) metrics.deliveries.inc({ source, outcome }, 0)
    for (const reason of failureReasons.sweep) metrics.sweepFailures.inc({ source, reason }, 0)
    for (const reason of failureReasons.hydration) metrics.hydrationFailures.inc({ source, reason }, 0)
  }
}

export type Metrics = ReturnType<typeof makeMetrics>
