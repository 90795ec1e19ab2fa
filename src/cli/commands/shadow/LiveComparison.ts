/** The live comparison of polled and pushed changes: for `shadow`, `cutover` and the report. */
import { existsSync } from "node:fs"
import { Clock, Effect, Option } from "effect"
import { rhythmOf } from "../../../analysis/index.js"
import { chosenSources, loadConfig } from "../../../config/service.js"
import { movesOf } from "../../../domain/MigrationPlan.js"
import type { PushEvidence } from "../../../domain/PushEvidence.js"
import type { ShadowSection } from "../../../domain/ShadowSection.js"
import type { EpochMillis } from "../../../domain/Time.js"
import { plannedIn } from "../../../providers/index.js"
import {
  pushEvidenceOf,
  type ShadowedAccount,
  type ShadowSettings,
  shadow,
  usualMeasure
} from "../../../shadow/index.js"
import { explain, hasDeliveries, type LiveEvidence, type PolledStream, readLiveEvidence } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { chosenMigration, leftOut, type MigrationChoice } from "../../Migration.js"
import { momentOf, secondsOf } from "../../OptionValues.js"
import { usualReconcile } from "../../SharedOptions.js"
import type { ShadowOptions } from "./ShadowCommand.js"

export type EvidenceOptions = Omit<ShadowOptions, "json" | "debug" | "watch" | "requireSafe">

const reachMs = 14 * 86_400_000

/** A share that an option gives. */
const within = (name: string, value: number) =>
  value > 0 && value < 1
    ? Effect.succeed(value)
    : Effect.fail(new UsageError({ message: `--${name} takes a share between 0 and 1, such as 0.95, not ${value}` }))

/** How surely a verdict has to hold, by `--confidence` and `--max-loss`. */
export const judgingOf = ({ confidence, maxLoss }: Pick<EvidenceOptions, "confidence" | "maxLoss">) =>
  Effect.all({ confidence: within("confidence", confidence), tolerated: within("max-loss", maxLoss) })

/** The plan whose events are expected. */
export const choiceOf = ({
  migration,
  reconcile
}: Pick<EvidenceOptions, "migration" | "reconcile">): MigrationChoice => ({
  named: migration,
  takesStored: Option.isNone(reconcile)
})

/** Calls in quicker succession are pages and views of one sweep, which begins with the first of them. */
const quickMs = 5_000

const sweepsOf = (moments: ReadonlyArray<EpochMillis>): ReadonlyArray<EpochMillis> =>
  moments.filter((moment, at) => at === 0 || moment - moments[at - 1]! >= quickMs)

/**
 * By the rule that finds pollers in a recording: a loop without a timer is none. A program that is started for each
 * sweep is many processes.
 */
const isPoller = ({ newestByProcess }: PolledStream): boolean => {
  const merged = newestByProcess.flat().sort((a, b) => a - b)
  return [newestByProcess, [merged], [sweepsOf(merged)]].some((moments) => rhythmOf(moments) !== null)
}

/** An effect that gathers both sides of the comparison, checked once and repeatable. */
const gathering = (options: EvidenceOptions, choice: MigrationChoice) =>
  Effect.gen(function* () {
    const sources = yield* chosenSources(yield* loadConfig(Option.getOrUndefined(options.config)))
    const migration = yield* chosenMigration(choice)
    const accounts = new Map(
      sources.map(({ account, name, provider, routes }): readonly [string, ShadowedAccount] => {
        const plan = movesOf(migration, account)
        const planned = plan === undefined ? {} : { planned: plannedIn(provider, plan) }
        return [account, { source: name, provider, routes, ...planned }]
      })
    )
    const judging = yield* judgingOf(options)
    const settleMs = (yield* secondsOf("settle", options.settle)) * 1000
    const reconcileMs =
      (migration === null
        ? yield* secondsOf(
            "reconcile",
            Option.getOrElse(options.reconcile, () => usualReconcile)
          )
        : migration.healWithinSeconds) * 1000
    const from = yield* momentOf("from", options.from)
    return Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const evidence = yield* Effect.try({
        try: () => readLiveEvidence(options.db, from ?? now - reachMs),
        catch: (error) => explain(error, options.db)
      })
      const settings: ShadowSettings = { now, accounts, ...judging, settleMs, reconcileMs, isPoller }
      return { evidence, settings }
    })
  })

/** An effect that compares, checked once and repeatable. */
export const looking = (options: EvidenceOptions) =>
  Effect.map(gathering(options, choiceOf(options)), (gather) =>
    Effect.map(gather, ({ evidence, settings }) => ({ evidence, report: shadow(evidence, settings) }))
  )

/** A comparison by the defaults. */
interface UsualLook {
  readonly db: string
  readonly config: Option.Option<string>
  /** The plan whose events are expected. */
  readonly choice: MigrationChoice
  /** How soon reconciliation heals a lost push. */
  readonly reconcile?: string
}

export interface Gathered {
  readonly evidence: LiveEvidence
  readonly settings: ShadowSettings
}

/** To be judged by the defaults: `null` without a source, or where no delivery arrived. */
export const usualLook = ({ choice, config, db, reconcile = usualReconcile }: UsualLook) =>
  Effect.gen(function* () {
    const { sources } = yield* loadConfig(Option.getOrUndefined(config))
    if (Object.keys(sources).length === 0 || !existsSync(db)) return null
    // Without a delivery, a long recording is not read again.
    const received = yield* Effect.try({ try: () => hasDeliveries(db), catch: (error) => explain(error, db) })
    if (!received) return null
    const options = { db, config, from: Option.none(), reconcile: Option.some(reconcile), migration: choice.named }
    const seen: Gathered = yield* Effect.flatten(gathering({ ...options, ...usualMeasure }, choice))
    return seen.evidence.arrived.length === 0 ? null : seen
  })

/** By account: measured loss and latency, which a plan reckons with. */
export const measuredBy = (seen: Gathered | null): Readonly<Record<string, PushEvidence>> =>
  seen === null ? {} : Object.fromEntries(pushEvidenceOf(seen.evidence, seen.settings))

export const measuredPushes = ({ config, db }: Pick<UsualLook, "config" | "db">) =>
  Effect.map(usualLook({ db, config, choice: leftOut }), measuredBy)

/** For a report: `null` where no delivery arrived while polling was recorded. */
export const sectionOf = (seen: Gathered | null): ShadowSection | null => {
  if (seen === null) return null
  const { alarms, at, confidence, pollers, safe, tolerated } = shadow(seen.evidence, seen.settings)
  return {
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
}
