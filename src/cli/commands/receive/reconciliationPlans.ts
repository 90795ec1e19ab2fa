/**
 * Each source's reconciliation: entity types and intervals, from the configuration, the subscriptions and the
 * recording.
 */
import { Duration, Effect } from "effect"
import { analyseStore } from "../../../audit/index.js"
import { clientOptionsOf, generalReconcileSettings, type Source } from "../../../config/service.js"
import { settingDuration } from "../../../domain/DurationText.js"
import type { EventName } from "../../../domain/Event.js"
import { type AccountMigration, type MigrationPlan, movesOf } from "../../../domain/MigrationPlan.js"
import { intervalText } from "../../../domain/SweepInterval.js"
import {
  convertIntervals,
  type PlannedEvents,
  plannedFor,
  plannedIn,
  planOf,
  sweepSchedule,
  toldDependants
} from "../../../providers/index.js"
import type { Log } from "../../../receiver/index.js"
import type { ReconciliationOptions } from "../../../reconciliation/index.js"
import { Store } from "../../../store/service.js"
import { type ReconciledBy, reconciled } from "../../../subscriptions/index.js"

export interface ReconciliationPlan {
  readonly source: Source
  readonly by: ReconciledBy | "plan"
  readonly options: Pick<
    ReconciliationOptions,
    "every" | "own" | "told" | "overlap" | "deletionsEvery" | "entities" | "client" | "backfill"
  >
}

/** The entity types that the verdicts call for, by account; empty without a recording. */
const verdictsOf = (sources: ReadonlyArray<Source>, every: Duration.Duration) =>
  analyseStore({
    from: null,
    to: null,
    reconcileSeconds: Duration.toSeconds(every),
    routes: Object.fromEntries(sources.map((source) => [source.account, source.routes])),
    plans: {},
    reconcile: generalReconcileSettings(sources)
  }).pipe(
    Effect.map(({ needs }) => new Map(needs.map(({ account, entities }) => [account, entities]))),
    Effect.catchIf(
      (error) => error.reason === "nothingRecorded",
      () => Effect.succeed(new Map<string, ReadonlyArray<string>>())
    )
  )

export const reconciliationPlans = (
  sources: ReadonlyArray<Source>,
  settings: {
    readonly every: Duration.Duration
    readonly backfill: boolean
    readonly migration: MigrationPlan | null
  }
) =>
  Effect.gen(function* () {
    const store = yield* Store
    const rows = yield* store.subscriptions
    const stored = yield* store.reconciledEntities
    const appliedOf = ({ name }: Source) => ({
      events: rows.filter((row) => row.source === name).map((row) => row.event),
      entities: stored.filter((row) => row.source === name).map((row) => row.entity)
    })
    // Subscriptions decide before verdicts: a long recording need not be read for them.
    const silent = sources.filter((source) => appliedOf(source).events.length === 0)
    const verdicts = silent.length === 0 ? new Map() : yield* verdictsOf(silent, settings.every)
    return yield* Effect.forEach(sources, (source) =>
      Effect.gen(function* () {
        const { reconcile } = source.config
        const planned = movesOf(settings.migration, source.account)
        const own =
          planned === undefined || reconcile !== undefined
            ? source.reconcileOwn
            : convertIntervals(planned.reconcile, (seconds) => seconds * 1_000)
        const usual = planned === undefined ? settings.every : Duration.seconds(settings.migration!.healWithinSeconds)
        const { by, entities } = reconciled({
          provider: source.provider,
          routes: source.routes,
          applied: appliedOf(source),
          verdicts: verdicts.get(source.account) ?? null,
          own
        })
        const plan: ReconciliationPlan = {
          source,
          by: planned === undefined || reconcile !== undefined ? by : "plan",
          options: {
            every: reconcile?.every ?? usual,
            own,
            told: toldDependants(eventsOf(source, appliedOf(source).events, planned, entities)),
            ...(reconcile?.overlap === undefined ? {} : { overlap: reconcile.overlap }),
            ...(reconcile?.deletionsEvery === undefined ? {} : { deletionsEvery: reconcile.deletionsEvery }),
            entities,
            backfill: settings.backfill,
            client: yield* clientOptionsOf(source)
          }
        }
        return plan
      })
    )
  })

/** The events that the source is sent: by the plan that is given, else those applied, else all that its routes push. */
const eventsOf = (
  { provider, routes }: Source,
  applied: ReadonlyArray<EventName>,
  planned: AccountMigration | undefined,
  entities: ReadonlyArray<string>
): PlannedEvents =>
  planned !== undefined
    ? plannedIn(provider, planned)
    : applied.length > 0
      ? planOf(provider, routes, applied)
      : plannedFor(provider, routes, entities)

const reasons: Readonly<Record<ReconciliationPlan["by"], string>> = {
  plan: "as the migration plan asks",
  subscriptions: "as the applied subscriptions ask",
  verdicts: "as the verdicts on the recording in this database ask",
  setting: "as the source's reconcile setting asks",
  route: "all that its route pushes"
}

/** Logs the swept entity types, their intervals and the reason. */
export const announce = (log: Log, { by, options, source }: ReconciliationPlan): void => {
  const { entities, every, own = {}, told = [] } = options
  const everyMs = Duration.toMillis(every)
  const slower = new Set(
    sweepSchedule(source.provider, entities, everyMs, own).flatMap((swept) => Object.keys(swept.slower))
  )
  const lines = entities.map((entity) => {
    const apart = own[entity]
    const interval = intervalText(apart === undefined || apart === "off" ? everyMs : apart, (ms) =>
      settingDuration(ms / 1_000)
    )
    return told.includes(entity) && slower.has(entity)
      ? `${entity} where a sign asks for it, and all ${interval}`
      : `${entity} ${interval}`
  })
  log(
    "info",
    entities.length === 0
      ? `reconciliation of ${source.name}: nothing, by its reconcile setting`
      : `reconciliation of ${source.name}, ${reasons[by]}: ${lines.join(", ")}`
  )
  if (by === "route" && entities.length > 0)
    log(
      "warning",
      `nothing tells what ${source.name} is polled for: this database has no applied subscription and no recording that calls for one; ` +
        `where less is wanted, name the entity types in sources.${source.name}.reconcile, such as { "${entities[0]}": "1h", "${entities.at(-1)}": "off" }`
    )
}
