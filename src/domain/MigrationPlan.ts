/**
 * The migration plan, as `hookshift plan` writes it and other commands take it (`--migration FILE`): events by route, a
 * reconciliation schedule, and what becomes of each poller, account by account. Spans are in seconds.
 */
import { Schema } from "effect"

const Span = Schema.Number.pipe(Schema.positive(), Schema.finite())

const PlannedRoute = Schema.Struct({
  route: Schema.Literal("app", "rule", "ui"),
  events: Schema.Array(
    Schema.Struct({
      event: Schema.NonEmptyString,
      /** Fields that a rule or a workflow watches; all that the route has where none is named. */
      watches: Schema.Array(Schema.NonEmptyString)
    })
  )
})

const PlannedPoller = Schema.Struct({
  id: Schema.NonEmptyString,
  integration: Schema.String,
  endpoint: Schema.String,
  becomes: Schema.Literal("replaced", "tuned", "kept"),
  why: Schema.String
})

const AccountMigration = Schema.Struct({
  account: Schema.NonEmptyString,
  product: Schema.NonEmptyString,
  routes: Schema.NonEmptyArray(PlannedRoute),
  /** The entity types that are reconciled, and how often; "off" for those that are subscribed to alone. */
  reconcile: Schema.Record({ key: Schema.String, value: Schema.Union(Span, Schema.Literal("off")) }),
  pollers: Schema.Array(PlannedPoller)
})

export const MigrationPlan = Schema.Struct({
  version: Schema.Literal(1),
  /** The longest that a lost push may stay unnoticed. */
  healWithinSeconds: Span,
  accounts: Schema.Array(AccountMigration)
})

export type MigrationPlan = typeof MigrationPlan.Type
export type AccountMigration = typeof AccountMigration.Type
