/** The mirror's metrics, in Prometheus' format, and why it may not answer from the state. Units are in the names. */
import { Counter, Gauge, Registry } from "prom-client"
import { outcomes } from "./Compare.js"
import type { Hydrating } from "./Hydrating.js"
import { reasons as passReasons } from "./Question.js"
import type { Sights } from "./sight/Sights.js"
import type { State } from "./state/State.js"
import type { Tallies } from "./Tallies.js"

export interface Measured {
  readonly state: State
  readonly tallies: Tallies
  readonly hydrating: Hydrating
  readonly sights: Sights
  readonly now: () => number
}

export const mirrorMetrics = ({
  hydrating,
  now,
  sights,
  state,
  tallies
}: Measured): { readonly registry: Registry } => {
  const registry = new Registry()
  const registers = [registry]
  new Counter({
    name: "hookshift_mirror_answers_total",
    help: "Requests by outcome: hit (from the state), miss (could not be), bypass (never could); right and wrong in dark mode",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(tallies.totals)) this.inc({ outcome }, count)
    }
  })
  new Counter({
    name: "hookshift_mirror_passed_total",
    help: "Requests that went through, by reason",
    labelNames: ["reason"],
    registers,
    collect() {
      this.reset()
      // From zero on: a rate does not see the first of a series that begins with it.
      for (const reason of passReasons) this.inc({ reason }, tallies.byReason.get(reason) ?? 0)
    }
  })
  new Counter({
    name: "hookshift_mirror_compared_total",
    help: "Answers that were compared with the provider's, by outcome",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset()
      for (const outcome of outcomes) this.inc({ outcome }, tallies.compared.get(outcome) ?? 0)
    }
  })
  new Counter({
    name: "hookshift_mirror_own_calls_total",
    help: "Calls that the mirror made itself, for entities that are known in part",
    registers,
    collect() {
      this.reset()
      this.inc(hydrating.calls)
    }
  })
  new Gauge({
    name: "hookshift_mirror_age_seconds",
    help: "How long ago the state of an entity type was last known to be complete; absent where it is not trusted",
    labelNames: ["source", "entity"],
    registers,
    collect() {
      this.reset()
      for (const { asOf, entity, source } of state.watermarks(now()))
        if (typeof asOf === "number") this.set({ source, entity }, (now() - asOf) / 1_000)
    }
  })
  new Gauge({
    name: "hookshift_mirror_push_alarm",
    help: "1 where pushes of an entity type should come and do not: silence, or lost-pushes (sweeps heal what pushes should have told)",
    labelNames: ["source", "entity", "reason"],
    registers,
    collect() {
      this.reset()
      for (const { entity, source } of state.watermarks(now())) {
        const alarm = state.alarms.of(source, entity)
        if (alarm !== null) this.set({ source, entity, reason: alarm.reason }, 1)
      }
    }
  })
  new Gauge({
    name: "hookshift_mirror_callers",
    help: "Callers that no setting names: shown to see everything of a type, looked at, or closed (entity all) behind a contradiction",
    labelNames: ["source", "entity", "standing"],
    registers,
    collect() {
      this.reset()
      for (const { entity, source, standing } of sights.standings())
        this.inc({ source, entity: entity ?? "all", standing: standing.replace(" ", "_") })
    }
  })
  return { registry }
}

/** Types of which something is known, and that are not answered now: by source and type, the reason in words. */
export const notAnswering = (state: State, now: number): ReadonlyMap<string, string> =>
  new Map(
    state.watermarks(now).flatMap(({ asOf, entity, source }) => {
      const isAlarm = asOf === "silence" || asOf === "lost-pushes"
      const sentence =
        typeof asOf === "number" ? undefined : isAlarm ? state.alarms.of(source, entity)?.why : reasons[asOf]
      return sentence === undefined ? [] : [[`${source} ${entity}`, sentence] as const]
    })
  )

const reasons: Readonly<Record<string, string>> = {
  owned: "another mirror answers from this database, or may: the lease could not be renewed",
  loading: "the state is being read",
  receiver: "no receiver runs on this database",
  backlog: "acknowledged deliveries have not moved the state",
  outage: "no whole sweep has ended since the receiver was away, or a subscription came back that did not deliver",
  refused: "deliveries are refused for their signature, and none has been accepted since: look at the source's secret",
  "never-pushed": "no push tells of its changes: its event is not subscribed, is switched off, or has not come yet",
  stale: "the last whole sweep is too long ago",
  distrusted: "an answer was wrong, or a bulk job ran: the next sweep decides"
}
