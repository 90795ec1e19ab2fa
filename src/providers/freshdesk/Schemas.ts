/** What the client decodes of Freshdesk's answers: the fields hookshift relies on; all others are kept as they come. */
import { Schema } from "effect"

const open = { key: Schema.String, value: Schema.Unknown }

const stamped = {
  id: Schema.Number,
  created_at: Schema.optional(Schema.NullOr(Schema.String)),
  updated_at: Schema.optional(Schema.NullOr(Schema.String))
}

/** Any listed entity: an id, stamps where the product gives them, and whatever else it sends. */
export const Entity = Schema.Struct(stamped, open)
export type Entity = typeof Entity.Type

export const SearchResult = Schema.Struct({ total: Schema.Number, results: Schema.Array(Entity) })

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
