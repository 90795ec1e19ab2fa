/**
 * The costs of freshness: reconciliation at several intervals, under several faults, beside polling as it is and
 * polling that adapts. Each way is many days in the model; the cheapest that keeps every goal under all faults is
 * recommended.
 */
import { roundTo } from "../../domain/Quantiles.js"
import type { LagLine, RunsResult, TradeOffLine, TradeOffs } from "../../domain/Replay.js"
import type { PollerSpec } from "../model/Scenario.js"
import type { ModelAccount } from "./ModelAccount.js"
import { makeRuns, runsResult } from "./Runs.js"

/** How fresh an entity type's changes have to be: the share `q` of them within so many seconds. */
export interface FreshnessGoal {
  readonly entity: string
  readonly seconds: number
  readonly at: "p50" | "p95" | "p99" | "p999" | "max"
}

/** A set of faults, with the accounts as they are under it, for a reconciliation interval. */
export interface FaultSet {
  readonly text: string
  readonly accountsAt: (reconcileSeconds: number) => ReadonlyArray<ModelAccount>
}

export interface TradeOffOptions {
  readonly reconcileSeconds: ReadonlyArray<number>
  readonly faults: ReadonlyArray<FaultSet>
  readonly goals: ReadonlyArray<FreshnessGoal>
  readonly runs: number
  readonly seed: number
  readonly onProgress?: (share: number) => void
}

/** An adaptive poller waits up to so many of its intervals. */
const slowest = 16

const adaptive = (poller: PollerSpec): PollerSpec => ({ ...poller, adaptiveUpToMs: poller.everyMs * slowest })

const withPollers = (accounts: ReadonlyArray<ModelAccount>, change: (poller: PollerSpec) => PollerSpec) =>
  accounts.map(
    (account): ModelAccount => ({
      ...account,
      scenario: { ...account.scenario, pollers: account.scenario.pollers.map(change) }
    })
  )

const meets = (goals: ReadonlyArray<FreshnessGoal>, lags: ReadonlyArray<LagLine>): boolean | null =>
  goals.length === 0
    ? null
    : goals.every(({ at, entity, seconds }) => {
        const line = lags.find((one) => one.entity === entity)
        return line === undefined || line[at] <= seconds
      })

const worstOf = (lags: ReadonlyArray<LagLine>): Pick<TradeOffLine, "worstSeconds" | "p999Seconds"> => ({
  worstSeconds: lags.reduce((most, { max }) => Math.max(most, max), 0),
  p999Seconds: lags.reduce((most, { p999 }) => Math.max(most, p999), 0)
})

export const tradeOffs = async (options: TradeOffOptions): Promise<TradeOffs> => {
  const { faults, goals, reconcileSeconds, runs, seed } = options
  const lines: Array<TradeOffLine> = []
  const steps = faults.length * (reconcileSeconds.length + 1)
  let step = 0
  const played = async (accounts: ReadonlyArray<ModelAccount>): Promise<RunsResult> => {
    const statistics = await makeRuns(accounts, { runs })
    options.onProgress?.(++step / steps)
    return runsResult(statistics, seed)
  }
  const byPolling = (
    way: "polling" | "adaptive polling",
    text: string,
    { bands, pollingLags }: RunsResult
  ): TradeOffLine => ({
    way,
    reconcileSeconds: null,
    faults: text,
    calls: bands["pollingCalls"] ?? null,
    missed: bands["pollingMissed"] ?? null,
    failing: 0,
    ...worstOf(pollingLags),
    lags: pollingLags,
    meets: meets(goals, pollingLags)
  })
  for (const { accountsAt, text } of faults) {
    for (const [place, seconds] of reconcileSeconds.entries()) {
      const result = await played(accountsAt(seconds))
      if (place === 0) lines.push(byPolling("polling", text, result))
      const { bands, failing, webhookLags } = result
      lines.push({
        way: "webhooks",
        reconcileSeconds: seconds,
        faults: text,
        calls: bands["webhookCalls"] ?? null,
        missed: bands["webhookMissed"] ?? null,
        failing,
        ...worstOf(webhookLags),
        lags: webhookLags,
        meets: meets(goals, webhookLags)
      })
    }
    lines.push(
      byPolling("adaptive polling", text, await played(withPollers(accountsAt(reconcileSeconds[0]!), adaptive)))
    )
  }
  return {
    runs,
    seed,
    goals: goals.map(({ at, entity, seconds }) => ({ entity, seconds, at })),
    lines,
    ...recommended(lines)
  }
}

interface Contender {
  readonly way: TradeOffLine["way"]
  readonly reconcileSeconds: number | null
  readonly calls: number
  readonly meets: boolean | null
}

/** Of each way its dearest weather, and whether it keeps the goals in all of them. */
const contendersOf = (lines: ReadonlyArray<TradeOffLine>): ReadonlyArray<Contender> => {
  const contenders = new Map<string, Contender>()
  for (const { calls, meets: kept, reconcileSeconds, way } of lines) {
    const key = `${way} ${reconcileSeconds}`
    const known = contenders.get(key)
    contenders.set(key, {
      way,
      reconcileSeconds,
      calls: Math.max(known?.calls ?? 0, calls?.median ?? Number.POSITIVE_INFINITY),
      meets: known === undefined ? kept : known.meets === null || kept === null ? null : known.meets && kept
    })
  }
  return [...contenders.values()]
}

const recommended = (lines: ReadonlyArray<TradeOffLine>): Pick<TradeOffs, "recommended" | "adaptiveWins"> => {
  const contenders = contendersOf(lines)
  const best = contenders
    .filter(({ meets: kept }) => kept === true)
    .reduce<Contender | null>((least, one) => (least === null || one.calls < least.calls ? one : least), null)
  // Where polling that adapts is as fresh at the worst as some webhook setting, and cheaper.
  const adaptiveWins = lines
    .filter(({ way }) => way === "adaptive polling")
    .flatMap((own) =>
      lines.filter(
        ({ calls, faults, way, worstSeconds }) =>
          way === "webhooks" &&
          faults === own.faults &&
          worstSeconds >= own.worstSeconds &&
          (calls?.median ?? 0) > (own.calls?.median ?? Number.POSITIVE_INFINITY)
      )
    )
    .map(({ faults, reconcileSeconds }) => ({ faults, reconcileSeconds: reconcileSeconds! }))
  return {
    recommended:
      best === null ? null : { way: best.way, reconcileSeconds: best.reconcileSeconds, calls: roundTo(best.calls, 0) },
    adaptiveWins
  }
}
