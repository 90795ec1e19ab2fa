/** Runs audits, replays and the views on a recording. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Option } from "effect"
import {
  type AuditSettings,
  analyseStore,
  audit,
  demoDay,
  demoOf,
  type FaultSettings,
  parseFaults,
  recordedReplay
} from "../../audit/index.js"
import { loadConfig, sourcesOf } from "../../config/index.js"
import type { Judged } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { allProviders, providerOf } from "../../providers/index.js"
import type { PolledPath } from "../../replay/index.js"
import { count, headline, percent, renderJson, renderMarkdown, seconds } from "../../report/index.js"
import { renderHtml } from "../../report/service.js"
import { Store, StoreUnavailable } from "../../store/service.js"
import { GateFailed, UsageError } from "../Failure.js"
import { goalsOf, momentOf, secondsOf } from "../Options.js"
import { columns, print, printJson, progressLine } from "../Output.js"

interface Common {
  readonly db: string
  readonly config: Option.Option<string>
  readonly json: boolean
}

export interface AuditOptions extends Common {
  readonly demo: boolean
  readonly out: string
  readonly from: Option.Option<string>
  readonly to: Option.Option<string>
  readonly failUnder: Option.Option<number>
  readonly format: string
  readonly plan: Option.Option<string>
  readonly reconcile: string
  readonly slo: string
  readonly seed: number
  readonly faults: string
  readonly noReplay: boolean
  readonly product: ReadonlyArray<string>
}

const formats = {
  md: renderMarkdown,
  html: renderHtml,
  json: renderJson
} as const

const chosenFormats = (text: string): Effect.Effect<ReadonlyArray<keyof typeof formats>, UsageError> => {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
  const unknown = names.find((name) => !(name in formats))
  return names.length === 0 || unknown !== undefined
    ? Effect.fail(
        new UsageError({
          message: `--format takes ${new Intl.ListFormat("en").format(Object.keys(formats))}, not "${unknown ?? text}"`
        })
      )
    : Effect.succeed(names as Array<keyof typeof formats>)
}

const faultsOf = (text: string): Effect.Effect<FaultSettings, UsageError> => {
  const faults = parseFaults(text)
  return typeof faults === "string"
    ? Effect.fail(new UsageError({ message: `--faults: ${faults}` }))
    : Effect.succeed(faults)
}

/** A report is written whole or not at all. */
const writeReports = (
  report: Report,
  out: string,
  names: ReadonlyArray<keyof typeof formats>
): Effect.Effect<ReadonlyArray<string>, UsageError> =>
  Effect.try({
    try: () => {
      mkdirSync(out, { recursive: true })
      return names.map((name) => {
        const file = join(out, `report.${name}`)
        writeFileSync(`${file}.new`, formats[name](report))
        renameSync(`${file}.new`, file)
        return file
      })
    },
    catch: (error) =>
      new UsageError({
        message: `${out} cannot be written to (${(error as NodeJS.ErrnoException).code}): choose another folder with --out`
      })
  })

const accountsOf = (config: Option.Option<string>, plan: Option.Option<string>) =>
  Effect.gen(function* () {
    const loaded = yield* loadConfig(Option.getOrUndefined(config))
    const sources = yield* sourcesOf(loaded)
    const named = Option.getOrUndefined(plan)
    if (named !== undefined && !allProviders().some((provider) => provider.plans[named] !== undefined)) {
      const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.plans)))]
      return yield* new UsageError({ message: `--plan ${named} is no plan: choose one of ${known.join(", ")}` })
    }
    return {
      routes: Object.fromEntries(sources.map((source) => [source.account, source.route])),
      plans: Object.fromEntries(
        sources.flatMap((source) => ((named ?? source.plan) === null ? [] : [[source.account, named ?? source.plan!]]))
      ),
      sources: Object.fromEntries(sources.map((source) => [source.account, source.name])),
      serviceAccounts: Object.fromEntries(
        sources.flatMap((source) => (source.serviceAccount === null ? [] : [[source.account, source.serviceAccount]]))
      ),
      publicUrl: loaded.receiver.publicUrl ?? "https://hooks.example",
      plan: named
    }
  })

/** The goals of `--slo`, each for an entity type that some product has. */
const knownGoals = (text: string) =>
  Effect.gen(function* () {
    const goals = yield* goalsOf(text)
    const known = [...new Set(allProviders().flatMap((provider) => Object.keys(provider.entities)))].sort()
    const unknown = Object.keys(goals).find((entity) => !known.includes(entity))
    if (unknown !== undefined)
      return yield* new UsageError({ message: `--slo ${unknown} is no entity type: choose one of ${known.join(", ")}` })
    return goals
  })

const waste = (poller: Judged): string =>
  poller.emptySweeps === null ? "unknown" : percent(poller.emptySweeps / Math.max(1, poller.sweeps - 1))

const summary = (report: Report): string =>
  columns(
    ["integration", "endpoint", "every", "calls", "after", "fewer", "verdict"],
    report.pollers.map((poller) => [
      poller.integration,
      poller.endpoint,
      seconds(poller.intervalSeconds),
      count(poller.calls),
      count(poller.callsAfter),
      percent(poller.reduction),
      poller.verdict
    ]),
    new Set([2, 3, 4, 5])
  )

const closing = (report: Report): string => {
  if (report.replay === null) return "no replay was made"
  const { parity, webhook } = report.replay
  const held = parity.equal ? "both paths end with the same" : `${parity.differences.length} differences`
  return `replay over ${count(report.replay.changes)} changes: ${count(webhook.calls)} calls, ${webhook.missed} missed, ${held}`
}

export const runAudit = (options: AuditOptions) =>
  Effect.gen(function* () {
    const names = yield* chosenFormats(options.format)
    const faults = yield* faultsOf(options.faults)
    const reconcileSeconds = yield* secondsOf("reconcile", options.reconcile)
    const accounts = yield* accountsOf(options.config, options.plan)
    const freshnessGoals = yield* knownGoals(options.slo)
    const unknown = options.product.find((name) => providerOf(name) === null)
    if (unknown !== undefined)
      return yield* new UsageError({
        message: `--product ${unknown} is not known: choose one of ${allProviders()
          .map(({ product }) => product)
          .join(", ")}`
      })
    const line = progressLine()
    const startedAt = performance.now()
    const labels = {
      record: "recording a day of polling",
      analyse: "analysing",
      replay: "replaying the day with webhooks",
      report: "writing the report"
    }
    const onProgress: AuditSettings["onProgress"] = (stage, share) => line.show(labels[stage], share)
    const shared = { ...accounts, freshnessGoals, reconcileSeconds, faults, seed: options.seed, onProgress }

    const made = options.demo ? yield* demoAudit(options, shared) : yield* ownAudit(options, shared)
    line.done()
    const report: Report = {
      ...made,
      measured: { ...made.measured, wallSeconds: Math.round(performance.now() - startedAt) / 1000 }
    }
    const files = yield* writeReports(report, options.out, names)
    if (options.json) yield* printJson(report)
    else {
      yield* print(
        [
          headline(report),
          "",
          summary(report),
          "",
          closing(report),
          `${Math.round(report.measured.wallSeconds * 10) / 10} s; reports: ${files.join(", ")}`
        ].join("\n")
      )
    }
    const floor = Option.getOrUndefined(options.failUnder)
    if (floor !== undefined && report.totals.reduction < floor) {
      return yield* new GateFailed({
        message: `the reduction is ${percent(report.totals.reduction)}, under the ${percent(floor)} that --fail-under asks for`
      })
    }
    if (report.replay !== null && !report.replay.parity.equal) {
      return yield* new GateFailed({
        message: `the replay found ${report.replay.parity.differences.length} differences between the two paths: see the report`
      })
    }
  })

type Shared = Omit<AuditSettings, "from" | "to" | "replay" | "generatedAt">

/** The demo keeps its recording beside its reports, so that it never touches one of your own. */
const demoAudit = (options: AuditOptions, shared: Shared) => {
  const demo = demoOf(options.product)
  const db = join(options.out, "demo.db")
  return Effect.acquireUseRelease(
    Effect.try({
      try: () => {
        mkdirSync(options.out, { recursive: true })
        for (const ending of ["", "-wal", "-shm"]) rmSync(db + ending, { force: true })
        return mkdtempSync(join(tmpdir(), "hookshift-demo-"))
      },
      catch: (error) =>
        new UsageError({
          message: `${options.out} cannot be written to (${(error as NodeJS.ErrnoException).code}): choose another folder with --out`
        })
    }),
    (work) =>
      Effect.gen(function* () {
        const recorded: PolledPath = yield* Effect.tryPromise({
          try: () => demo.record(db, work, shared.seed, (share) => shared.onProgress("record", share)),
          catch: (error) =>
            new StoreUnavailable({ reason: "demo", message: error instanceof Error ? error.message : String(error) })
        })
        return yield* audit({
          ...shared,
          ...demoDay,
          plans: Object.fromEntries(demo.accounts.map(({ account, plan }) => [account, plan])),
          generatedAt: demoDay.to,
          replay: options.noReplay
            ? null
            : (analysis) => ({
                window: demoDay,
                startStandIn: demo.standIn,
                accounts: new Set(demo.accounts.map(({ account }) => account)),
                polling: async () => recorded,
                startKept: demo.startKept(
                  shared.seed,
                  new Set(
                    analysis.pollers
                      .filter((poller) => poller.verdict === "keep" || poller.verdict === "tune")
                      .map((poller) => poller.integration)
                  )
                ),
                driver: "the sample integrations themselves, on the recorded day"
              })
        }).pipe(Effect.provide(Store.layer(db)))
      }),
    (work) => Effect.sync(() => rmSync(work, { recursive: true, force: true }))
  )
}

const ownAudit = (options: AuditOptions, shared: Shared & { readonly plan: string | undefined }) =>
  Effect.gen(function* () {
    const [from, to] = [yield* momentOf("from", options.from), yield* momentOf("to", options.to)]
    return yield* audit({
      ...shared,
      from,
      to,
      products: options.product,
      generatedAt: null,
      replay: options.noReplay ? null : recordedReplay(options.db, shared.seed, shared.plan)
    })
  }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))

export const runReplay = (
  options: Common & { readonly reconcile: string; readonly seed: number; readonly faults: string }
) =>
  Effect.gen(function* () {
    const faults = yield* faultsOf(options.faults)
    const reconcileSeconds = yield* secondsOf("reconcile", options.reconcile)
    const accounts = yield* accountsOf(options.config, Option.none())
    const line = progressLine()
    const report = yield* audit({
      ...accounts,
      from: null,
      to: null,
      reconcileSeconds,
      faults,
      seed: options.seed,
      generatedAt: null,
      onProgress: (_, share) => line.show("replaying", share),
      replay: recordedReplay(options.db, options.seed, undefined)
    })
    line.done()
    if (report.replay === null)
      return yield* new UsageError({
        message: "no poller can give way to webhooks, so there is nothing to replay: see hookshift pollers"
      })
    yield* options.json
      ? printJson(report.replay)
      : print(
          renderMarkdown(report)
            .split("\n## ")
            .find((part) => part.startsWith("Side by side")) ?? ""
        )
    if (!report.replay.parity.equal)
      return yield* new GateFailed({
        message: `the replay found ${report.replay.parity.differences.length} differences between the two paths`
      })
  }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))

export const runPollers = (options: Common & { readonly reconcile: string; readonly slo: string }) =>
  Effect.gen(function* () {
    const accounts = yield* accountsOf(options.config, Option.none())
    const analysis = yield* analyseStore({
      ...accounts,
      from: null,
      to: null,
      reconcileSeconds: yield* secondsOf("reconcile", options.reconcile),
      freshnessGoals: yield* knownGoals(options.slo)
    })
    if (options.json) return yield* printJson(analysis.pollers)
    if (analysis.pollers.length === 0) {
      return yield* print(
        `${count(analysis.calls)} calls were recorded, and none of them repeat at an interval: record for longer (four sweeps of the slowest poller, at least)`
      )
    }
    yield* print(
      columns(
        ["integration", "endpoint", "every", "sweeps", "empty", "calls", "freshness p50", "verdict"],
        analysis.pollers.map((poller) => [
          poller.integration,
          poller.endpoint,
          `${seconds(poller.intervalSeconds)} ± ${seconds(poller.jitterSeconds)}`,
          count(poller.sweeps),
          waste(poller),
          count(poller.calls),
          poller.freshnessSeconds === null ? "unknown" : seconds(poller.freshnessSeconds.p50),
          poller.verdict
        ]),
        new Set([3, 4, 5, 6])
      )
    )
    if (analysis.unattributed.calls > 0)
      yield* print(`\n${count(analysis.unattributed.calls)} calls belong to no poller`)
  }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))

export const runReport = (options: Common & { readonly out: string; readonly format: string }) =>
  Effect.gen(function* () {
    const names = yield* chosenFormats(options.format)
    const store = yield* Store
    const report = (yield* store.lastRun("audit")) as Report | null
    if (report === null)
      return yield* new UsageError({ message: `no audit is stored in ${options.db}: run hookshift audit first` })
    const files = yield* writeReports(report, options.out, names)
    yield* options.json ? printJson(report) : print(`${headline(report)}\nreports: ${files.join(", ")}`)
  }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))
