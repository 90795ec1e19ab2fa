/** The outcome of a freshness goal (`--slo`), by the forecast and on the replay. Pure; spans in seconds. */
import { becomes, type Verdict } from "./Verdict.js"

export interface GoalOutcome {
  readonly entity: string
  readonly seconds: number
  readonly at: "p50" | "p95" | "max"
  /** Of the stalest poller that lists the type, by polling now and once the plan is carried out; `null`: unknown. */
  readonly forecast: {
    readonly account: string
    readonly integration: string
    readonly endpoint: string
    readonly becomes: ReturnType<typeof becomes>
    readonly nowSeconds: number
    readonly seconds: number
  } | null
  /** Of the account on which changes of the type took longest by webhooks; `null` where none was replayed. */
  readonly replay: { readonly account: string; readonly changes: number; readonly seconds: number } | null
}

type Lags = Readonly<Record<GoalOutcome["at"], number>>

export interface GoalEvidence {
  readonly pollers: ReadonlyArray<{
    readonly account: string
    readonly integration: string
    readonly endpoint: string
    readonly verdict: Verdict
    readonly calls: number
    readonly callsAfter: number
    readonly freshnessSeconds: Lags | null
    readonly forecastFreshnessSeconds: Lags | null
  }>
  /** The replay's, if one was made. */
  readonly replayed: ReadonlyArray<{
    readonly account: string
    readonly entity: string
    readonly changes: number
    readonly webhook: Lags
  }>
}

export const goalOutcomes = (
  goals: Readonly<Record<string, Pick<GoalOutcome, "seconds" | "at">>>,
  /** The type that a poller lists. */
  entityOf: (poller: GoalEvidence["pollers"][number]) => string | null,
  { pollers, replayed }: GoalEvidence
): ReadonlyArray<GoalOutcome> =>
  Object.entries(goals).map(([entity, { at, seconds }]): GoalOutcome => {
    const [stalest] = pollers
      .flatMap((poller) => {
        const { forecastFreshnessSeconds: planned, freshnessSeconds: now } = poller
        return planned === null || entityOf(poller) !== entity
          ? []
          : [{ poller, planned: planned[at], now: (now ?? planned)[at] }]
      })
      .sort((one, other) => other.planned - one.planned)
    const [slowest] = replayed
      .filter((one) => one.entity === entity)
      .sort((one, other) => other.webhook[at] - one.webhook[at])
    return {
      entity,
      seconds,
      at,
      forecast:
        stalest === undefined
          ? null
          : {
              account: stalest.poller.account,
              integration: stalest.poller.integration,
              endpoint: stalest.poller.endpoint,
              becomes: becomes(stalest.poller),
              nowSeconds: stalest.now,
              seconds: stalest.planned
            },
      replay:
        slowest === undefined
          ? null
          : { account: slowest.account, changes: slowest.changes, seconds: slowest.webhook[at] }
    }
  })

/** Figures are rounded to a tenth of a second. */
const rounding = 0.05

/** Seconds beyond the goal; zero where it is met. */
export const beyond = ({ seconds: goal }: Pick<GoalOutcome, "seconds">, seconds: number): number =>
  seconds > goal + rounding ? seconds - goal : 0

/** `null` where neither the forecast nor a replay tells. */
export const isMet = (goal: GoalOutcome): boolean | null => {
  const told = [goal.forecast, goal.replay].flatMap((one) => (one === null ? [] : [one.seconds]))
  return told.length === 0 ? null : told.every((seconds) => beyond(goal, seconds) === 0)
}
