/** Automation rules as Freshdesk shows and takes them. */
import { Schema } from "effect"

const open = { key: Schema.String, value: Schema.Unknown }

/** A rule on ticket creation (type 1) or ticket updates (type 4); FRESHWORKS.md, "Webhooks", route 2. */
export const AutomationRule = Schema.Struct(
  {
    id: Schema.Number,
    name: Schema.String,
    active: Schema.Boolean,
    position: Schema.optional(Schema.Number),
    events: Schema.optional(Schema.NullOr(Schema.Array(Schema.Struct({ field_name: Schema.String }, open)))),
    conditions: Schema.optional(Schema.NullOr(Schema.Array(Schema.Unknown))),
    actions: Schema.Array(Schema.Struct({ field_name: Schema.String }, open))
  },
  open
)
export type AutomationRule = typeof AutomationRule.Type

/** A rule as it is sent: the provider gives it its id. */
export interface AutomationRuleDraft {
  readonly name: string
  readonly active: boolean
  readonly events?: ReadonlyArray<{ readonly field_name: string }> | null | undefined
  readonly conditions?: ReadonlyArray<unknown> | null | undefined
  readonly actions: ReadonlyArray<{ readonly field_name: string; readonly [property: string]: unknown }>
}
