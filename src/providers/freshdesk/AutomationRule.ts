/** Automation rules as Freshdesk shows and takes them (FRESHWORKS.md, "Webhooks", route 2). */
import { Schema } from "effect"

const open = { key: Schema.String, value: Schema.Unknown }

/** Whose changes fire an update rule. */
export const performers = { agent: 1, requester: 2, either: 3 } as const

/** A rule on ticket creation (type 1) or ticket updates (type 4). */
export const AutomationRule = Schema.Struct(
  {
    id: Schema.Number,
    name: Schema.String,
    active: Schema.Boolean,
    position: Schema.optional(Schema.Number),
    performer: Schema.optional(Schema.NullOr(Schema.Struct({ type: Schema.Number }, open))),
    events: Schema.optional(Schema.NullOr(Schema.Array(Schema.Struct({ field_name: Schema.String }, open)))),
    conditions: Schema.optional(Schema.NullOr(Schema.Array(Schema.Struct({}, open)))),
    actions: Schema.Array(Schema.Struct({ field_name: Schema.String }, open)),
    /** How condition sets combine: `AND` or `OR`. */
    operator: Schema.optional(Schema.NullOr(Schema.String)),
    /** Whether it names a field that is gone: it fires no more. */
    outdated: Schema.optional(Schema.NullOr(Schema.Boolean)),
    affected_tickets_count: Schema.optional(Schema.NullOr(Schema.Number))
  },
  open
)
export type AutomationRule = typeof AutomationRule.Type

type Properties = Readonly<Record<string, unknown>>

/** A rule as it is sent: the provider gives it its id, and its position where it has none. */
export interface AutomationRuleDraft {
  readonly name: string
  readonly active: boolean
  readonly position?: number | undefined
  /** Required on update rules: the API answers 500 to a rule without it. */
  readonly performer?: { readonly type: number } | null | undefined
  readonly events?: ReadonlyArray<{ readonly field_name: string } & Properties> | null | undefined
  readonly conditions?: ReadonlyArray<Properties> | null | undefined
  readonly operator?: string | null | undefined
  readonly actions: ReadonlyArray<{ readonly field_name: string } & Properties>
  readonly outdated?: boolean | null | undefined
}
