/** The part of a list's description that a mirror needs to answer it (docs/providers.md, "Behind the mirror"). */
import { Schema } from "effect"

const Text = Schema.String.pipe(Schema.nonEmptyString({ message: () => "is empty" }))
const Count = Schema.Int.pipe(Schema.positive())

/** A field that decides an order: text is not among the kinds, since APIs sort it by rules of their own. */
const sorted = { field: Text, kind: Schema.Literal("moment", "number") }
const SortedBy = Schema.Struct(sorted)
export type Sorted = typeof SortedBy.Type

export const MirroredList = Schema.Struct({
  /** The order without a parameter that chooses one. */
  order: Schema.Struct({ ...sorted, direction: Schema.Literal("asc", "desc") }),
  /** Equal ones come by id, in the same direction; not known where absent. */
  ties: Schema.optional(Schema.Literal("id")),
  /** Parameters that choose another order: by value, the field. */
  ordering: Schema.optional(
    Schema.Struct({
      by: Text,
      direction: Text,
      fields: Schema.Record({ key: Text, value: SortedBy })
    })
  ),
  /** The size of a page that is not asked for. */
  perPage: Count,
  /** Whether the time filter shows what changed at that very moment, and how exact it is. */
  timeFilter: Schema.optional(
    Schema.Struct({ inclusive: Schema.Boolean, unit: Schema.Literal("second", "millisecond") })
  ),
  /** Without a time filter the list shows what was created within so many days; all where absent. */
  createdWithinDays: Schema.optional(Count),
  /** Where deleted ones are: in no list any more, in a list of their own, or nothing is ever deleted. */
  deleted: Schema.Union(
    Schema.Literal("absent", "never"),
    Schema.Struct({ parameters: Schema.Record({ key: Text, value: Schema.String }) })
  )
})
export type MirroredList = typeof MirroredList.Type

/** The parameters that are sent always and choose no order: a list without them shows others. */
export const fixedParameters = (
  parameters: Readonly<Record<string, string>>,
  ordering: MirroredList["ordering"]
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(parameters).filter(([name]) => name !== ordering?.by && name !== ordering?.direction)
  )
