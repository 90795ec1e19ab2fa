/** The checklist for pointing a poller at the mirror, with the forecast and what the mirror has shown so far. */
import { Clock, Effect, Option } from "effect"
import type { Analysis } from "../../../analysis/index.js"
import { analyseStore } from "../../../audit/index.js"
import { settingDuration } from "../../../domain/DurationText.js"
import type { PollerAssessment } from "../../../domain/Poller.js"
import { reportedText } from "../../../domain/SweepInterval.js"
import { reconcileSetting } from "../../../report/index.js"
import {
  type AlsoThrough,
  answerVerdict,
  type MirrorSetUp,
  mirrorChecklist,
  sourceAmong,
  type Unswept
} from "../../../shadow/index.js"
import { explain } from "../../../store/index.js"
import { mirroredAccountsOf } from "../../Accounts.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import { readStore } from "../../ReadStore.js"
import { scheduleOf } from "../../Schedule.js"
import { plannedInterval } from "../../SharedOptions.js"
import { reconcileRemedy, typesAskedFor, unreconciledType } from "../../Unreconciled.js"
import { type MirrorLine, type MirrorReport, readMirrorReport, reasonsOf } from "../mirror/MirrorLines.js"
import { judgingOf, measuredPushes } from "../shadow/LiveComparison.js"
import type { CutoverOptions } from "./CutoverCommand.js"
import { pollersNamed } from "./pollersNamed.js"

export const runMirrorCutover = (options: CutoverOptions) =>
  Effect.gen(function* () {
    if (options.done || options.undo)
      return yield* new UsageError({
        message:
          "a program that polls the mirror is not switched off, so that there is nothing to write down: leave --done and --undo out"
      })
    const schedule = yield* scheduleOf({
      healWithin: Option.none(),
      migration: options.migration,
      reconcile: Option.getOrElse(options.reconcile, () => plannedInterval)
    })
    const accounts = yield* mirroredAccountsOf({ config: options.config, route: Option.none() })
    const analysis = yield* analyseStore({
      ...accounts,
      from: null,
      to: null,
      ...schedule,
      evidence: yield* measuredPushes(options)
    })
    const pollers = analysis.pollers.map((poller) => ({ ...poller, source: accounts.sources[poller.account] ?? null }))
    const named = yield* pollersNamed(options, pollers)
    const served = named.filter(({ mirror }) => mirror?.served === true)
    if (served.length === 0) {
      const reasons = named.map((poller) => {
        const source = sourceAmong(poller, named)
        const at = source === null ? "" : ` of ${source}`
        return `${poller.endpoint}${at}: ${reasonsOf(poller.mirror?.through ?? {}) || "unknown product"}`
      })
      const unreconciled = named.flatMap((poller) => unreconciledType(poller, analysis) ?? [])
      const remedy =
        unreconciled.length === 0
          ? "docs/mirror.md has the reasons, and hookshift plan its other ways"
          : reconcileRemedy(unreconciled)
      return yield* new GateFailed({
        message: `the mirror does not serve ${options.integration}, all of its requests would go through (${reasons.join("; ")}): ${remedy}`
      })
    }
    const now = yield* Clock.currentTimeMillis
    const { integrations: lines, reconciled } = yield* Effect.try({
      try: () => readMirrorReport(options.db, now),
      catch: (error) => explain(error, options.db)
    })
    const judging = yield* judgingOf(options)
    const lineOf = ({ account, endpoint, integration }: PollerAssessment) =>
      lines.find(
        (line) =>
          line.source === accounts.sources[account] && line.integration === integration && line.endpoint === endpoint
      ) ?? null
    // Its base URL moves all endpoints of the program, also those that were not asked for.
    const own = pollers.filter(({ integration }) => integration === options.integration)
    const shown = served.map((poller) => ({
      integration: poller.integration,
      endpoint: poller.endpoint,
      source: sourceAmong(poller, own),
      calls: poller.calls,
      mirror: poller.mirror!,
      setUp: setUpOf(poller, analysis, accounts.sources[poller.account] ?? null, schedule.reconcileSeconds),
      evidence: lineOf(poller),
      unswept: unsweptOf(poller, lineOf(poller), reconciled),
      verdict: answerVerdict(comparedIn(lineOf(poller)), judging),
      alsoThrough: alsoThrough(poller, own)
    }))
    yield* options.json ? printJson(shown) : print(shown.map(mirrorChecklist).join("\n"))
  }).pipe(Effect.provide(readStore(options.db)))

const alsoThrough = ({ account }: PollerAssessment, own: ReadonlyArray<PollerAssessment>): AlsoThrough => {
  const unserved = own.filter((one) => one.account === account && one.mirror?.served !== true)
  return {
    calls: unserved.reduce((sum, { calls }) => sum + calls, 0),
    endpoints: unserved.map(({ calls, endpoint, mirror }) => ({ endpoint, calls, through: mirror?.through ?? {} }))
  }
}

/** Answers of dark mode, in the time that they took: other comparisons are kept beside them. */
const comparedIn = (line: MirrorLine | null) => {
  if (line === null) return null
  const { compared, comparedSeconds, right, wrong } = line
  const kept = Object.values(compared).reduce((sum, one) => sum + one, 0)
  return { right, wrong, seconds: kept === 0 ? 0 : (comparedSeconds * (right + wrong)) / kept }
}

const unsweptOf = (
  poller: PollerAssessment,
  line: MirrorLine | null,
  reconciled: MirrorReport["reconciled"]
): Unswept | null => {
  const requests = line?.passed["never-swept"] ?? 0
  if (line === null || requests === 0) return null
  const { source } = line
  const known = (entity: string) => reconciled.find((one) => one.source === source && one.entity === entity)
  const lacking = typesAskedFor(poller).filter((entity) => known(entity)?.complete !== true)
  if (lacking.length === 0) return null
  const begun = lacking.filter((entity) => known(entity) !== undefined)
  return { requests, source, begun, notReconciled: lacking.filter((entity) => !begun.includes(entity)) }
}

/** The types that the plan's receiver lacks for a poller: all that are added to its account, which has one receiver. */
const setUpOf = (
  { account, mirror }: PollerAssessment,
  { mirrorReceivers, plans }: Analysis,
  source: string | null,
  boundSeconds: number
): MirrorSetUp | null => {
  const receiver = mirrorReceivers.find((one) => one.account === account)
  const plan = plans.find((one) => one.account === account)
  if (mirror?.added === undefined || receiver === undefined || plan === undefined) return null
  return {
    source,
    types: receiver.added.map((one) => `${one.entity} ${reportedText(one, settingDuration)}`),
    reconcile: reconcileSetting(
      boundSeconds,
      [...plan.schedule, ...receiver.added]
        .map((one) => ({ ...one, account, isSet: true }))
        .sort((a, b) => (a.entity < b.entity ? -1 : 1))
    ),
    events: receiver.added.flatMap(({ events }) => events),
    routes: [...receiver.planned.eventsBy].map(([route, events]) => ({ route, events: [...events] }))
  }
}
