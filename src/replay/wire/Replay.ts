/**
 * Both paths over the same changes, over real loopback HTTP under a virtual clock: the pollers against a simulated
 * account, and its signed deliveries into the real receiver with its reconciliation. Then the two are compared.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { HistoryLine } from "../../domain/History.js"
import { quantile, roundTo } from "../../domain/Quantiles.js"
import { mostDifferences, type ReplayResult } from "../../domain/Report.js"
import type { MirrorOutcome } from "../../domain/ThroughMirror.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { PushFaults } from "../../providers/index.js"
import { openDatabase, readSeenChanges } from "../../store/index.js"
import { coverageOf } from "./Coverage.js"
import { type MirroredPollers, replayThroughMirror } from "./MirroredReplay.js"
import { mirrorOutcome } from "./MirrorOutcome.js"
import {
  compareFinalStates,
  entityKey,
  freshnessByEntity,
  freshnessByIntegration,
  judgePolling,
  judgeWebhook,
  type PolledArrival,
  type WebhookArrival
} from "./PathDiff.js"
import type { RunningPollers, StartProviderPort, TrueChange } from "./ProviderPort.js"
import { type ReplayEnvironment, startReplayEnvironment } from "./ReplayEnvironment.js"
import type { ReplayPlan } from "./ReplayPlan.js"
import { runTelling } from "./RunTelling.js"
import { settlingSeconds } from "./Settling.js"
import { startWebhookPath } from "./WebhookPath.js"

/** Starts the pollers that stay on a environment, their calls recorded into `db`. */
export type StartPollers = (environment: ReplayEnvironment, db: string) => Promise<RunningPollers>

/** The polling path once it has run and settled. */
export interface PolledPath {
  /** Calls within the window, as the provider counted them. */
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
  readonly faults: PushFaults & { readonly outageSeconds: number; readonly outageAfterSeconds: number }
  /** The faults as the user wrote them, for the report. */
  readonly faultsText: string
  /** One for each account that has something to migrate. */
  readonly plans: ReadonlyArray<ReplayPlan>
  readonly startProviderPort: StartProviderPort
  /** The polling path over the same changes: run already, or run now. */
  readonly polling: () => Promise<PolledPath>
  readonly startKept: StartPollers
  /** The programs of the polling path, for the path through the mirror; there is none without them. */
  readonly mirrored?: MirroredPollers | undefined
  /** The receivers of that path, by account: as `plans` unless set. */
  readonly mirrorPlans?: ReadonlyArray<ReplayPlan>
  /** Those whose calls both paths count. */
  readonly accounts?: ReadonlyArray<string>
  readonly pollingDriver: string
  readonly onProgress?: (share: number) => void
  readonly onMirrorProgress?: (share: number) => void
}

export interface Replayed {
  readonly result: ReplayResult
  readonly truth: ReadonlyArray<TrueChange>
  /** Versions that arrived on the webhook path, with their times. */
  readonly arrivals: ReadonlyArray<WebhookArrival>
  /** The receiver's inbox at the end, as a history to be checked. */
  readonly history: ReadonlyArray<HistoryLine>
  readonly ackSeconds: { readonly p50: number; readonly p99: number; readonly max: number } | null
}

export const replay = async (options: ReplayOptions): Promise<Replayed> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-replay-"))
  try {
    const polled = await options.polling()
    const webhook = await replayWebhook(options, folder)
    const seen = readSeen(polled.db, options)
    const mirror = await replayMirror(options, folder, seen)
    const arrivals = seen.filter(isGivenUp(options))
    const parity = compareFinalStates(arrivals, webhook.final, options.from)
    const polledTruth = relevant(options, polled.truth)
    const pollingOutcome = judgePolling(polledTruth, arrivals)
    return {
      truth: webhook.truth,
      arrivals: webhook.arrivals,
      history: webhook.history,
      ackSeconds: webhook.ackSeconds,
      result: {
        changes: webhook.truth.length,
        seed: options.seed,
        ...(options.accounts === undefined ? {} : { accounts: options.accounts }),
        window: { from: new Date(options.from).toISOString(), to: new Date(options.to).toISOString() },
        pollingDriver: options.pollingDriver,
        driver: "wire",
        estimated: 0,
        faults: options.faultsText,
        polling: { calls: polled.calls, ...pollingOutcome },
        webhook: webhook.outcome,
        ...(mirror === null ? {} : { mirror }),
        byIntegration: freshnessByIntegration(polledTruth, arrivals, webhook.lags),
        byEntity: freshnessByEntity(webhook.lags),
        parity: {
          equal: parity.equal,
          differences: parity.differences.slice(0, mostDifferences),
          ...(parity.differences.length > mostDifferences ? { differing: parity.differences.length } : {}),
          onlyWebhook: parity.onlyWebhook
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether it is of a type that is looked after: that the replaced pollers are about. */
const isLookedAfter = ({
  plans
}: Pick<ReplayOptions, "plans">): ((of: Pick<TrueChange, "account" | "entity">) => boolean) => {
  const wanted = new Set(plans.flatMap(({ account, entities }) => entities.map((entity) => `${account} ${entity}`)))
  return ({ account, entity }) => wanted.has(`${account} ${entity}`)
}

/** The changes that the replaced pollers are about. */
const relevant = (options: ReplayOptions, truth: ReadonlyArray<TrueChange>): ReadonlyArray<TrueChange> => {
  const isWanted = isLookedAfter(options)
  return truth.filter((change) => isWanted(change) && change.at < options.to)
}

/**
 * Versions that the recorded programs saw from the window's start on. None is seen before its stamp: where one was,
 * the provider's clock is ahead of the recorder's.
 */
const readSeen = (db: string, { from, to }: ReplayOptions): ReadonlyArray<PolledArrival> => {
  const database = openDatabase(db, { mustExist: true })
  try {
    return readSeenChanges(database, { from, to })
  } finally {
    database.close()
  }
}

/** Whether it was seen by a replaced poller, of the entity types that it gives up. */
const isGivenUp = ({ plans }: ReplayOptions): ((arrival: PolledArrival) => boolean) => {
  const byAccount = new Map(plans.map((plan) => [plan.account, plan]))
  return ({ account, entity, integration }) => {
    const plan = byAccount.get(account)
    return plan?.replaced.has(integration) === true && plan.entities.includes(entity)
  }
}

/** When the receiver is down; `null` for never. */
const outageOf = ({ faults, from }: Pick<ReplayOptions, "faults" | "from">) =>
  faults.outageSeconds > 0
    ? {
        from: from + faults.outageAfterSeconds * 1000,
        to: from + (faults.outageAfterSeconds + faults.outageSeconds) * 1000
      }
    : null

const brokenOff = (refusal: string): Error =>
  new Error(
    `the replay broke off, since reconciliation did not understand the account that stands in for yours (${refusal}): this is a fault of hookshift, so please report it; --no-replay leaves the replay out of an audit`
  )

/** The third path; what it came to, beside what was seen by polling. `null` where it was not asked for. */
const replayMirror = async (
  options: ReplayOptions,
  folder: string,
  polled: ReadonlyArray<PolledArrival>
): Promise<MirrorOutcome | null> => {
  const { faults, mirrored: pollers, onMirrorProgress, reconcileSeconds, seed } = options
  if (pollers === undefined) return null
  const plans = options.mirrorPlans ?? options.plans
  const { days, db } = await replayThroughMirror(
    { seed, reconcileSeconds, faults, plans, outage: outageOf(options), folder, onProgress: onMirrorProgress },
    pollers
  )
  const refusal = days.find((day) => day.refusal !== null)?.refusal ?? null
  if (refusal !== null) throw brokenOff(refusal)
  const all = days.flatMap((day) => day.truth).sort((a, b) => a.at - b.at)
  const truth = relevant(options, all)
  return mirrorOutcome({
    days,
    truth,
    covered: coverageOf(plans, relevant({ ...options, plans }, all)),
    polled,
    mirrored: readSeen(db, options),
    compared: isGivenUp(options)
  })
}

const replayWebhook = async (options: ReplayOptions, folder: string) => {
  const { faults, plans } = options
  const environment = await startReplayEnvironment(options.startProviderPort, {
    from: options.from,
    changesUntil: options.to,
    seed: options.seed,
    faults
  })
  const outage = outageOf(options)
  const path = await startWebhookPath(environment, {
    db: join(folder, "webhook.db"),
    plans,
    reconcileSeconds: options.reconcileSeconds,
    seed: options.seed,
    outage
  })
  const kept = await options.startKept(environment, join(folder, "kept.db"))
  await runTelling(environment, options.from, options.to, options.onProgress)
  const calls = environment.providerPort.calls()
  const tally = path.tally()
  // Later calls of pollers that stay are no part of the comparison.
  kept.rest()
  await environment.time.runUntil(options.to + settlingSeconds(plans, options) * 1_000)
  await kept.stop()
  await path.stop()
  const refusal = path.refusal()
  if (refusal !== null) {
    await environment.close()
    throw brokenOff(refusal)
  }
  const truth = relevant(options, environment.providerPort.truth())
  const sent = environment.providerPort.pushes()
  await environment.close()

  const final = path.finalStates()
  const covered = coverageOf(plans, truth)
  const { freshnessSeconds, lags, missed, pushed, recovered, uncovered } = judgeWebhook(
    truth,
    path.arrivals,
    final,
    covered
  )
  const states = new Map(final.map((state) => [entityKey(state), state]))
  const isWanted = isLookedAfter(options)
  const droppedInOutage =
    outage === null
      ? []
      : sent.outcomes.filter(
          (push) =>
            push.outcome === "dropped" && push.at >= outage.from - 1_000 && push.at < outage.to && isWanted(push)
        )
  const healed = droppedInOutage.filter((push) => {
    const state = states.get(entityKey(push))
    return state?.deleted === true || (state?.updatedAt ?? 0) >= Math.floor(push.at / 1000) * 1000
  })
  const acknowledgements = path.acknowledgements()
  return {
    truth,
    final,
    lags,
    arrivals: path.arrivals,
    history: path.history(),
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
      deliveries: sent.attempts,
      duplicates: path.duplicates(),
      rejected: path.rejected(),
      dropped: sent.dropped,
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
