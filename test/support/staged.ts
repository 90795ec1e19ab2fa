/** Programs that poll simulated accounts under virtual time: recorded, audited, and replayed with webhooks. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import type { Analysis } from "../../src/analysis/index.js"
import { type AuditSettings, analyseStore, audit, noFaultSettings } from "../../src/audit/index.js"
import { type SimulatedAccount, simulatedAccounts } from "../../src/demo/SimulatedAccounts.js"
import { builtEntry } from "../../src/domain/BuiltEntry.js"
import type { Band, RunsResult } from "../../src/domain/Replay.js"
import type { Report } from "../../src/domain/Report.js"
import { isReplaced } from "../../src/domain/Verdict.js"
import {
  type ReplayEnvironment,
  type RunningPollers,
  replayInModel,
  runTelling,
  type StartProviderPort,
  startProgram,
  startReplayEnvironment,
  type TrueChange
} from "../../src/replay/index.js"
import { recordedReplay, scenariosOf } from "../../src/scenarios/index.js"
import { copyDatabase } from "../../src/store/index.js"
import { Store } from "../../src/store/service.js"

export interface StagedProgram {
  readonly name: string
  readonly account: string
  readonly program: URL
  /** Its environment, once it is known where the account is served. */
  readonly env: (url: string) => Readonly<Record<string, string>>
}

export interface Staged {
  readonly accounts: ReadonlyArray<SimulatedAccount>
  readonly programs: ReadonlyArray<StagedProgram>
  readonly hours: number
  readonly seed: number
  readonly reconcileSeconds: number
  readonly replay: boolean
  /** By account: intervals that its source sets. */
  readonly reconcile?: AuditSettings["reconcile"]
}

const from = Date.parse("2026-03-02T00:00:00Z")

const start = (
  { providerPort, time }: ReplayEnvironment,
  db: string,
  seed: number,
  programs: ReadonlyArray<StagedProgram>
): RunningPollers => {
  const running = programs.map(({ account, env, name, program }) => {
    const { product, url } = providerPort.accounts.find((one) => one.account === account)!
    return startProgram(time, {
      name,
      program,
      register: builtEntry("register.js"),
      thread: builtEntry("program-thread.js"),
      origins: [url],
      env: {
        ...env(url),
        HOOKSHIFT_DB: db,
        HOOKSHIFT_INTEGRATION: name,
        HOOKSHIFT_SALT: `staged ${seed}`,
        HOOKSHIFT_HOSTS: `${new URL(url).host}=${product}@${account}`
      }
    })
  })
  return {
    flush: async () => void (await Promise.all(running.map((program) => program.flush()))),
    rest: () => {
      for (const program of running) program.rest()
    },
    stop: async () => void (await Promise.all(running.map((program) => program.stop())))
  }
}

/** What the programs did from midnight on, in databases of a folder of its own, for as long as `use` needs it. */
const staged = async <A>(
  { accounts, hours, programs, seed }: Staged,
  use: (recorded: {
    readonly window: { readonly from: number; readonly to: number }
    readonly startProviderPort: StartProviderPort
    readonly calls: number
    readonly truth: ReadonlyArray<TrueChange>
    /** The window's recording, and the one that goes on until polling has settled. */
    readonly db: string
    readonly going: string
  }) => Promise<A>
): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-staged-"))
  try {
    const window = { from, to: from + hours * 3_600_000 }
    const [going, db] = [join(folder, "polling.db"), join(folder, "recorded.db")]
    const startProviderPort = simulatedAccounts(accounts)
    const stage = await startReplayEnvironment(startProviderPort, { from, changesUntil: window.to, seed })
    const pollers = start(stage, going, seed, programs)
    await runTelling(stage, window.from, window.to, undefined)
    const calls = stage.providerPort.calls()
    await pollers.flush()
    copyDatabase(going, db)
    await stage.time.runUntil(window.to + 65 * 60_000)
    await pollers.stop()
    const truth = stage.providerPort.truth()
    await stage.close()
    return await use({ window, startProviderPort, calls, truth, db, going })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const plansOf = (accounts: Staged["accounts"]) =>
  Object.fromEntries(accounts.map(({ account, plan }) => [account, plan]))

/**
 * The forecast of the calls that remain, and the band of the model's days; `null` where nothing gives way to webhooks.
 */
export const bandOf = (
  options: Staged,
  runs: number
): Promise<{ readonly forecast: number; readonly band: Band; readonly failing: number } | null> =>
  staged(options, async ({ db, window }) => {
    const analysis = await Effect.runPromise(
      analyseStore({
        ...window,
        reconcileSeconds: options.reconcileSeconds,
        routes: {},
        plans: plansOf(options.accounts)
      }).pipe(Effect.provide(Store.layer(db)))
    )
    const accounts = scenariosOf(analysis, {
      db,
      seed: options.seed,
      reconcileSeconds: options.reconcileSeconds,
      faults: noFaultSettings,
      changes: null
    })
    if (accounts.length === 0) return null
    const { runs: days } = await replayInModel({ accounts, faultsText: "", runs, threads: 0 })
    return { forecast: analysis.callsAfter, band: days!.bands["webhookCalls"]!, failing: days!.failing }
  })

/** A plan for what the programs did, and the lags of the model's days under it; `null` where nothing gives way. */
export const planOf = (
  options: Staged,
  healWithinSeconds: number,
  runs: number
): Promise<{ readonly analysis: Analysis; readonly days: RunsResult } | null> =>
  staged(options, async ({ db, truth, window }) => {
    const settings = { reconcileSeconds: healWithinSeconds, healWithinSeconds }
    const analysis = await Effect.runPromise(
      analyseStore({ ...window, ...settings, routes: {}, plans: plansOf(options.accounts) }).pipe(
        Effect.provide(Store.layer(db))
      )
    )
    const accounts = scenariosOf(analysis, {
      db,
      seed: options.seed,
      reconcileSeconds: null,
      faults: noFaultSettings,
      // Most pollers see no deletion, and none of these asks for one.
      changes: truth.flatMap((change) =>
        change.action === "delete" ? [] : [{ ...change, parent: change.parent?.id ?? null }]
      )
    })
    if (accounts.length === 0) return null
    const { runs: days } = await replayInModel({ accounts, faultsText: "", runs, threads: 0 })
    return { analysis, days: days! }
  })

/** What the verdicts on what the programs did call for, as the commands see it. */
export const needsOf = (options: Staged): Promise<Analysis["needs"]> =>
  staged(options, async ({ db, window }) => {
    const { needs } = await Effect.runPromise(
      analyseStore({
        ...window,
        reconcileSeconds: options.reconcileSeconds,
        routes: {},
        plans: plansOf(options.accounts)
      }).pipe(Effect.provide(Store.layer(db)))
    )
    return needs
  })

/** The report of what the programs did from midnight on. */
export const auditOf = (options: Staged): Promise<Report> =>
  staged(options, ({ calls, db, going, startProviderPort, truth, window }) => {
    const { accounts, programs, reconcileSeconds, replay, seed } = options
    return Effect.runPromise(
      audit({
        ...window,
        reconcileSeconds,
        ...(options.reconcile === undefined ? {} : { reconcile: options.reconcile }),
        routes: {},
        plans: plansOf(accounts),
        sources: {},
        publicUrl: "https://hooks.example",
        seed,
        faults: noFaultSettings,
        generatedAt: window.to,
        onProgress: () => undefined,
        replay: replay
          ? ({ pollers: found }) => ({
              window,
              startProviderPort,
              accounts: new Set(accounts.map(({ account }) => account)),
              polling: async () => ({ calls, truth, db: going }),
              startKept: async (kept, file) =>
                start(
                  kept,
                  file,
                  seed,
                  programs.filter(({ name }) => !found.some((one) => one.integration === name && isReplaced(one)))
                ),
              driver: "staged programs"
            })
          : null
      }).pipe(Effect.provide(Store.layer(db)))
    )
  })

/**
 * The report on what the programs did as their owner would have it: from the recording alone, cut at moments of its
 * own, with the model of the same day beside the wire.
 */
export const ownAuditOf = (
  options: Staged,
  cut: { readonly fromSeconds: number; readonly toSeconds: number }
): Promise<Report> =>
  staged(options, ({ db, window }) => {
    const { accounts, reconcileSeconds, seed } = options
    const settings = { reconcileSeconds, seed, faults: noFaultSettings }
    return Effect.runPromise(
      audit({
        ...settings,
        from: window.from + cut.fromSeconds * 1_000,
        to: window.to - cut.toSeconds * 1_000,
        routes: {},
        plans: plansOf(accounts),
        sources: {},
        publicUrl: "https://hooks.example",
        generatedAt: window.to,
        onProgress: () => undefined,
        model: {
          runs: 0,
          accounts: (analysis) => scenariosOf(analysis, { ...settings, db, changes: null })
        },
        replay: recordedReplay(simulatedAccounts, db, seed)
      }).pipe(Effect.provide(Store.layer(db)))
    )
  })
