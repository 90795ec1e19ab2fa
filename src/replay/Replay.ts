/**
 * Both paths over the same changes, over real loopback HTTP under a virtual clock: the pollers against a stand-in, and
 * the same stand-in's signed deliveries into the real receiver with its reconciliation. Then the two are compared.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { quantile, roundTo } from "../domain/Quantiles.js"
import type { ReplayResult } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"
import { eventFor, type Provider, type Route } from "../providers/index.js"
import { openDatabase } from "../store/index.js"
import { type Arrival, compareFinalStates, judgePolling, judgeWebhook, type WebhookArrival } from "./Comparison.js"
import { type Stage, setStage } from "./Stage.js"
import type { RunningPollers, StandInFaults, StartStandIn, TrueChange } from "./StandIn.js"
import { startWebhookPath } from "./WebhookPath.js"

export interface ReplayPlan {
  readonly source: string
  readonly provider: Provider
  readonly route: Route
  readonly events: ReadonlyArray<string>
  /** Entity types that reconciliation sweeps. */
  readonly entities: ReadonlyArray<string>
  readonly conversations: boolean
  /** Integrations that webhooks replace; what the others see is no matter of the comparison. */
  readonly replaced: ReadonlySet<string>
}

/** Starts the pollers that stay on a stage, their calls recorded into `db`. */
export type StartPollers = (stage: Stage, db: string) => Promise<RunningPollers>

/** The polling path once it has run and settled. */
export interface PolledPath {
  /** Calls within the window, as the stand-in counted them. */
  readonly calls: number
  readonly truth: ReadonlyArray<TrueChange>
  /** The database that the pollers' calls were recorded into, settling included. */
  readonly db: string
}

export interface ReplayOptions {
  readonly from: EpochMillis
  readonly to: EpochMillis
  readonly seed: number
  readonly reconcileSeconds: number
  readonly faults: StandInFaults & { readonly outageSeconds: number; readonly outageAfterSeconds: number }
  /** The faults as the user wrote them, for the report. */
  readonly faultsText: string
  readonly plan: ReplayPlan
  readonly startStandIn: StartStandIn
  /** The polling path over the same changes: run already, or run now. */
  readonly polling: () => Promise<PolledPath>
  readonly startKept: StartPollers
  readonly pollingDriver: string
  readonly onProgress?: (share: number) => void
}

export interface Replayed {
  readonly result: ReplayResult
  readonly truth: ReadonlyArray<TrueChange>
  /** What arrived on the webhook path, and when. */
  readonly arrivals: ReadonlyArray<WebhookArrival>
  readonly ackSeconds: { readonly p50: number; readonly p99: number; readonly max: number } | null
}

const progressSteps = 48

/** Runs to `to`, telling how far it is, and gives the moment back to the caller. */
export const runTelling = async (
  stage: Stage,
  from: EpochMillis,
  to: EpochMillis,
  tell: ((share: number) => void) | undefined
): Promise<void> => {
  for (let step = 1; step <= progressSteps; step++) {
    await stage.time.runUntil(from + ((to - from) * step) / progressSteps)
    tell?.(step / progressSteps)
  }
}

export const replay = async (options: ReplayOptions): Promise<Replayed> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-replay-"))
  try {
    const polled = await options.polling()
    const webhook = await replayWebhook(options, folder)
    const arrivals = readArrivals(polled.db, options.plan.replaced)
    const parity = compareFinalStates(arrivals, webhook.final)
    const pollingOutcome = judgePolling(relevant(options, polled.truth), arrivals)
    return {
      truth: webhook.truth,
      arrivals: webhook.arrivals,
      ackSeconds: webhook.ackSeconds,
      result: {
        changes: webhook.truth.length,
        seed: options.seed,
        window: { from: new Date(options.from).toISOString(), to: new Date(options.to).toISOString() },
        pollingDriver: options.pollingDriver,
        faults: options.faultsText,
        polling: { calls: polled.calls, ...pollingOutcome },
        webhook: webhook.outcome,
        parity: { equal: parity.equal, differences: parity.differences.slice(0, 100), onlyWebhook: parity.onlyWebhook }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The changes that the replaced pollers are about. */
const relevant = (options: ReplayOptions, truth: ReadonlyArray<TrueChange>): ReadonlyArray<TrueChange> => {
  const entities = new Set([...options.plan.entities, ...(options.plan.conversations ? ["conversation"] : [])])
  return truth.filter((change) => entities.has(change.entity) && change.at < options.to)
}

const readArrivals = (db: string, integrations: ReadonlySet<string>): ReadonlyArray<Arrival> => {
  const database = openDatabase(db)
  try {
    const rows = database
      .prepare(
        `SELECT s.integration, v.entity, v.entity_id AS id, v.updated_at AS updatedAt, v.seen_at AS at
         FROM item_version v JOIN stream s ON s.id = v.stream WHERE v.updated_at IS NOT NULL
         ORDER BY v.seen_at, v.entity, v.entity_id, v.updated_at`
      )
      .all() as Array<Arrival & { integration: string }>
    return rows.filter((row) => integrations.has(row.integration))
  } finally {
    database.close()
  }
}

const replayWebhook = async (options: ReplayOptions, folder: string) => {
  const { faults, plan } = options
  const stage = await setStage(options.startStandIn, {
    from: options.from,
    changesUntil: options.to,
    seed: options.seed,
    faults
  })
  const outage =
    faults.outageSeconds > 0
      ? {
          from: options.from + faults.outageAfterSeconds * 1000,
          to: options.from + (faults.outageAfterSeconds + faults.outageSeconds) * 1000
        }
      : null
  const path = await startWebhookPath(stage, {
    db: join(folder, "webhook.db"),
    source: plan.source,
    product: plan.provider.product,
    events: plan.events,
    entities: plan.entities,
    conversations: plan.conversations,
    reconcileSeconds: options.reconcileSeconds,
    seed: options.seed,
    outage
  })
  const kept = await options.startKept(stage, join(folder, "kept.db"))
  await runTelling(stage, options.from, options.to, options.onProgress)
  const calls = stage.standIn.calls()
  const tally = path.tally()
  // Settle: what is retried is retried, and one more reconciliation has come.
  const retries = Object.values(plan.provider.deliveryPolicies)[0]!.retryAfterSeconds.reduce(
    (sum, wait) => sum + wait,
    0
  )
  await stage.time.runUntil(
    options.to + (Math.max(options.reconcileSeconds, retries) + 600 + options.reconcileSeconds) * 1000
  )
  await kept.stop()
  await path.stop()
  const truth = relevant(options, stage.standIn.truth())
  const pushes = stage.standIn.pushes()
  await stage.close()

  const final = path.finalStates()
  const replies = new Set(
    truth.filter((change) => change.parent !== null).map((change) => `${change.parent} ${change.updatedAt}`)
  )
  const covered = (change: TrueChange) =>
    eventFor(plan.provider, plan.route, change.entity, change.action, change.fields) !== null ||
    (change.entity === "ticket" && replies.has(`${change.id} ${change.updatedAt}`))
  const { freshnessSeconds, missed, pushed, recovered, uncovered } = judgeWebhook(truth, path.arrivals, final, covered)
  const states = new Map(final.map((state) => [`${state.entity} ${state.id}`, state]))
  const droppedInOutage =
    outage === null
      ? []
      : pushes.outcomes.filter(
          (push) => push.outcome === "dropped" && push.updatedAt >= outage.from - 1_000 && push.updatedAt < outage.to
        )
  const healed = droppedInOutage.filter(
    (push) => (states.get(`${push.entity} ${push.id}`)?.updatedAt ?? 0) >= push.updatedAt
  )
  const acknowledgements = path.acknowledgements()
  return {
    truth,
    final,
    arrivals: path.arrivals,
    ackSeconds:
      acknowledgements.length === 0
        ? null
        : {
            p50: roundTo(quantile(acknowledgements, 0.5)!, 5),
            p99: roundTo(quantile(acknowledgements, 0.99)!, 5),
            max: roundTo(quantile(acknowledgements, 1)!, 5)
          },
    outcome: {
      calls,
      callsBreakdown: { ...tally, kept: calls - tally.reconciliation - tally.hydration - tally.retries, upkeep: 0 },
      deliveries: pushes.attempts,
      duplicates: path.duplicates(),
      rejected: path.rejected(),
      dropped: pushes.dropped,
      recovered,
      missed,
      pushed,
      uncovered,
      handedOverTwice: [...path.handed.values()].filter((times) => times > 1).length,
      freshnessSeconds,
      afterOutage: outage === null ? null : { lost: droppedInOutage.length, healed: healed.length }
    }
  }
}
