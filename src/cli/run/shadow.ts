/** The live comparison on the terminal, and what is written down of a cut-over. */
import { Clock, Effect, Option, Schedule } from "effect"
import { loadConfig } from "../../config/index.js"
import type { ShadowSection } from "../../domain/Report.js"
import {
  cutoverChecklist,
  type ShadowedAccount,
  type ShadowedPoller,
  type ShadowReport,
  shadow
} from "../../shadow/index.js"
import { endCutovers, explain, hasDeliveries, noteCutover, readLiveEvidence } from "../../store/index.js"
import { GateFailed, UsageError } from "../Failure.js"
import { momentOf, secondsOf } from "../Options.js"
import { type Colour, print, printJson, printJsonLine, redraw, table } from "../Output.js"
import { usualMeasure } from "../ShadowMeasure.js"
import { chosenSources } from "./chosenSources.js"

interface EvidenceOptions {
  readonly db: string
  readonly config: Option.Option<string>
  readonly json: boolean
  readonly from: Option.Option<string>
  readonly confidence: number
  readonly maxLoss: number
  readonly settle: string
  readonly reconcile: string
}

const reachMs = 14 * 86_400_000
const watchEvery = "5 seconds"

const within = (name: string, value: number) =>
  value > 0 && value < 1
    ? Effect.succeed(value)
    : Effect.fail(new UsageError({ message: `--${name} takes a share between 0 and 1, such as 0.95, not ${value}` }))

/** How to look, ready to be done again and again. */
const looking = (options: EvidenceOptions) =>
  Effect.gen(function* () {
    const sources = yield* chosenSources(yield* loadConfig(Option.getOrUndefined(options.config)))
    const accounts = new Map<string, ShadowedAccount>(
      sources.map(({ account, name, provider, route }) => [account, { source: name, provider, route }])
    )
    const confidence = yield* within("confidence", options.confidence)
    const tolerated = yield* within("max-loss", options.maxLoss)
    const settleMs = (yield* secondsOf("settle", options.settle)) * 1000
    const reconcileMs = (yield* secondsOf("reconcile", options.reconcile)) * 1000
    const from = yield* momentOf("from", options.from)
    return Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const evidence = yield* Effect.try({
        try: () => readLiveEvidence(options.db, from ?? now - reachMs),
        catch: (error) => explain(error, options.db)
      })
      return {
        evidence,
        report: shadow(evidence, { now, accounts, confidence, tolerated, settleMs, reconcileMs })
      }
    })
  })

/** For a report, by the usual measure: `null` where no receiver has got anything beside the polling. */
export const shadowSection = (db: string, config: Option.Option<string>, reconcile: string) =>
  Effect.gen(function* () {
    const { sources } = yield* loadConfig(Option.getOrUndefined(config))
    if (Object.keys(sources).length === 0) return null
    // A long recording is not read once more for nothing.
    const received = yield* Effect.try({ try: () => hasDeliveries(db), catch: (error) => explain(error, db) })
    if (!received) return null
    const { evidence, report } = yield* Effect.flatten(
      looking({ db, config, json: true, from: Option.none(), reconcile, ...usualMeasure })
    )
    if (evidence.arrived.length === 0) return null
    const { alarms, at, confidence, pollers, safe, tolerated } = report
    const section: ShadowSection = {
      at,
      confidence,
      tolerated,
      safe,
      pollers: pollers.map(
        ({
          aheadSeconds,
          changes,
          endpoint,
          entity,
          from,
          integration,
          lost,
          notCovered,
          onlyPushed,
          pushed,
          to,
          verdict,
          why
        }) => ({
          integration,
          endpoint,
          entity,
          from,
          to,
          changes,
          pushed,
          notCovered,
          lost,
          onlyPushed,
          aheadSeconds,
          verdict,
          why
        })
      ),
      alarms
    }
    return section
  })

const words: Readonly<Record<ShadowedPoller["verdict"], { readonly text: string; readonly colour: Colour }>> = {
  safe: { text: "safe", colour: "green" },
  notYet: { text: "not yet", colour: "yellow" },
  cutOver: { text: "cut over", colour: "cyan" },
  regression: { text: "regression", colour: "red" }
}

const ahead = ({ aheadSeconds }: ShadowedPoller): string =>
  aheadSeconds === null ? "" : `${Math.round(aheadSeconds.p50)} s`

const shown = ({ alarms, pollers, safe }: ShadowReport): string => {
  if (pollers.length === 0)
    return "no poller was recorded in this time: record the integration (hookshift record) while the receiver runs"
  const drawn = table(
    [
      { title: "integration", shrinks: true },
      { title: "endpoint", shrinks: true },
      { title: "entity" },
      { title: "changes", right: true },
      { title: "pushed", right: true },
      { title: "ahead by", right: true },
      { title: "not covered", right: true },
      { title: "lost", right: true },
      { title: "only pushed", right: true },
      { title: "verdict" }
    ],
    pollers.map((poller) => [
      { text: poller.integration },
      { text: poller.endpoint },
      { text: poller.entity },
      { text: String(poller.changes) },
      { text: String(poller.pushed) },
      { text: ahead(poller) },
      { text: String(poller.notCovered) },
      { text: String(poller.lost) },
      { text: String(poller.onlyPushed) },
      words[poller.verdict]
    ])
  )
  const reasons = pollers.map(
    ({ endpoint, entity, integration, why }) => `${integration} ${endpoint} (${entity}): ${why}`
  )
  const others = alarms.map(({ entity, message, source }) => `alarm, ${source} ${entity}: ${message}`)
  return `${drawn}\n\n${[...reasons, ...others].join("\n")}\n\n${
    safe
      ? "cutting over is safe: hookshift cutover writes the steps"
      : "not everything may be cut over yet; go on recording, and keep the receiver running"
  }`
}

const gates = (report: ShadowReport, requireSafe: boolean) =>
  Effect.gen(function* () {
    if (report.alarms.length > 0)
      return yield* new GateFailed({ message: `the webhooks have become worse: ${report.alarms[0]!.message}` })
    if (requireSafe && !report.safe)
      return yield* new GateFailed({ message: "not every poller may be cut over yet: the table says why" })
  })

export const runShadow = (options: EvidenceOptions & { readonly watch: boolean; readonly requireSafe: boolean }) =>
  Effect.gen(function* () {
    const look = yield* looking(options)
    if (options.watch)
      return yield* Effect.repeat(
        Effect.flatMap(look, ({ report }) =>
          options.json ? printJsonLine(report) : redraw(`${shown(report)}\n\n${report.at}; Ctrl-C ends it`)
        ),
        Schedule.spaced(watchEvery)
      )
    const { report } = yield* look
    yield* options.json ? printJson(report) : print(shown(report))
    yield* gates(report, options.requireSafe)
  })

export const runCutover = (
  options: EvidenceOptions & {
    readonly integration: string
    readonly endpoint: Option.Option<string>
    readonly done: boolean
    readonly undo: boolean
    readonly force: boolean
  }
) =>
  Effect.gen(function* () {
    if (options.done && options.undo)
      return yield* new UsageError({ message: "--done and --undo say opposite things: choose one" })
    const { evidence, report } = yield* Effect.flatten(looking(options))
    const named = report.pollers.filter(({ integration }) => integration === options.integration)
    const meant = named.filter(({ endpoint }) => Option.isNone(options.endpoint) || endpoint === options.endpoint.value)
    if (meant.length === 0) {
      const known =
        named.length > 0 ? named.map(({ endpoint }) => endpoint) : report.pollers.map((one) => one.integration)
      return yield* new UsageError({
        message:
          known.length === 0
            ? "no poller was recorded in this time: hookshift shadow says what is missing"
            : `there is no poller ${options.integration}${Option.isSome(options.endpoint) ? ` ${options.endpoint.value}` : ""}: there ${known.length === 1 ? "is" : "are"} ${[...new Set(known)].join(", ")}`
      })
    }
    const now = yield* Clock.currentTimeMillis
    const attempt = <A>(write: () => A) => Effect.try({ try: write, catch: (error) => explain(error, options.db) })
    if (options.undo) {
      const ids = evidence.cutovers
        .filter((one) =>
          meant.some((poller) => poller.integration === one.integration && poller.endpoint === one.endpoint)
        )
        .map(({ id }) => id)
      const ended = yield* attempt(() => endCutovers(options.db, ids, now))
      if (ended === 0)
        return yield* new UsageError({
          message: `${options.integration} is not written down as cut over: nothing to undo`
        })
      return yield* options.json ? printJson({ ended }) : print(`written down: ${options.integration} polls again`)
    }
    if (options.done) {
      const unsafe = meant.find(({ verdict }) => verdict !== "safe" && verdict !== "cutOver")
      if (unsafe !== undefined && !options.force)
        return yield* new GateFailed({
          message: `${unsafe.endpoint} (${unsafe.entity}) is not safe to cut over: ${unsafe.why}; --force writes it down all the same`
        })
      const fresh = meant.filter(({ source, verdict }) => verdict !== "cutOver" && source !== null)
      yield* Effect.forEach(fresh, (poller) =>
        attempt(() =>
          noteCutover(options.db, {
            source: poller.source!,
            integration: poller.integration,
            endpoint: poller.endpoint,
            query: poller.query,
            entity: poller.entity,
            at: now,
            evidence: poller
          })
        )
      )
      return yield* options.json
        ? printJson({ cutOver: fresh })
        : print(`written down: ${options.integration} is switched off; hookshift shadow watches its pushes from now on`)
    }
    yield* options.json ? printJson(meant) : print(meant.map(cutoverChecklist).join("\n"))
  })
