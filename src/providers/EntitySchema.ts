/**
 * How entities are described to `Schema`: an id, fields that may be absent or null, and everything else as it came. A
 * field of another type than the product documents is an error that names its place, not a silent `undefined`.
 */
import { Schema } from "effect"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))

export const text = optional(Schema.String)
export const number = optional(Schema.Number)
export const flag = optional(Schema.Boolean)
/** Any value. `Schema.Unknown` alone would make an absent field one that is there and undefined. */
export const anything = Schema.optional(Schema.Unknown)
/** The products write some figures as text in one place and as numbers in another. */
export const either = optional(Schema.Union(Schema.String, Schema.Number))
export const record = optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
export const list = <A, I>(item: Schema.Schema<A, I>) => optional(Schema.Array(item))

const anythingElse = { key: Schema.String, value: Schema.Unknown }

export const entity = <Id extends Schema.Struct.Fields, Fields extends Schema.Struct.Fields>(id: Id, fields: Fields) =>
  Schema.Struct({ ...id, ...fields }, anythingElse)
