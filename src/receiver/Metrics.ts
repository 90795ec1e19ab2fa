/** What `/metrics` shows, in Prometheus' format. */
import { Counter, Gauge, Histogram, Registry } from "prom-client"

export const makeMetrics = () => {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    deliveries: new Counter({
      name: "hookshift_deliveries_total",
      help: "Deliveries by source and outcome: stored, duplicate, quarantined, unauthorized, unavailable, too_large, unknown_source, wrong_method",
      labelNames: ["source", "outcome"],
      registers
    }),
    handedOver: new Counter({
      name: "hookshift_events_handed_over_total",
      help: "Events given to the handler, by source and result: delivered, failed, dead",
      labelNames: ["source", "result"],
      registers
    }),
    acknowledgement: new Histogram({
      name: "hookshift_acknowledgement_seconds",
      help: "From the last byte of a delivery to its answer, in seconds",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4],
      registers
    }),
    waiting: new Gauge({ name: "hookshift_commit_waiting", help: "Deliveries waiting for the disk", registers }),
    providerCalls: new Counter({
      name: "hookshift_provider_calls_total",
      help: "Calls that the receiver itself makes, by source and purpose: reconciliation, hydration, retry",
      labelNames: ["source", "purpose"],
      registers
    })
  }
}

export type Metrics = ReturnType<typeof makeMetrics>
