/**
 * The migration plan, as `hookshift plan` writes it and other commands take it (`--migration FILE`): events by route, a
 * reconciliation schedule, and what becomes of each poller, account by account. Spans are in seconds.
 */
import { Schema } from "effect"
import { BusyHours, busyTooLong } from "./BusyHours.js"

const Span = Schema.Number.pipe(Schema.positive(), Schema.finite()).annotations({ description: "a span in seconds" })

/** How a type is reconciled by the hour of the day. */
const Hourly = Schema.Struct({
  every: Span,
  busy: Span.annotations({ description: "the span in the busy hours, in seconds; shorter than every" }),
  hours: BusyHours
}).pipe(Schema.filter(({ busy, every }) => busy < every || busyTooLong))

const PlannedRoute = Schema.Struct({
  route: Schema.Literal("app", "rule", "ui"),
  events: Schema.Array(
    Schema.Struct({
      event: Schema.NonEmptyString,
      watches: Schema.Array(Schema.NonEmptyString).annotations({
        description: "fields that a rule or a workflow watches; all that the route has where none is named"
      })
    })
  )
})

const PlannedPoller = Schema.Struct({
  id: Schema.NonEmptyString,
  integration: Schema.String,
  endpoint: Schema.String,
  becomes: Schema.Literal("replaced", "tuned", "kept").annotations({
    description: "a poller that is set to kept is counted as it is"
  }),
  why: Schema.String
})

const AccountMigration = Schema.Struct({
  account: Schema.NonEmptyString,
  product: Schema.NonEmptyString,
  routes: Schema.Array(PlannedRoute).annotations({
    description: "none where webhooks replace no poller of the account"
  }),
  reconcile: Schema.Record({
    key: Schema.String,
    value: Schema.Union(Span, Schema.Literal("off"), Hourly)
  }).annotations({
    description: 'the entity types that are reconciled, and how often; "off" for those that are subscribed to alone'
  }),
  pollers: Schema.Array(PlannedPoller)
})

export const MigrationPlan = Schema.Struct({
  version: Schema.Literal(1),
  healWithinSeconds: Span.annotations({ description: "the longest that a lost push may stay unnoticed, in seconds" }),
  slo: Schema.optionalWith(Schema.NonEmptyString, { exact: true }).annotations({
    description: "the freshness that the plan keeps, as --slo takes it; absent for that of today"
  }),
  accounts: Schema.Array(AccountMigration)
})

export type MigrationPlan = typeof MigrationPlan.Type
export type AccountMigration = typeof AccountMigration.Type

/** The account's part of a plan; `undefined` where webhooks replace none of its pollers: no receiver needs it. */
export const movesOf = (plan: MigrationPlan | null, account: string): AccountMigration | undefined =>
  plan?.accounts.find((one) => one.account === account && one.routes.length > 0)
