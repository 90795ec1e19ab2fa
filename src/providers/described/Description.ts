/**
 * A provider of your own, described in a JSON file (docs/providers.md): hosts, endpoints, entities, time filter,
 * paging, limits, and how its webhooks look. `describe` (describe.ts) makes a `Provider` of it.
 */
import { Schema } from "effect"
import { MirroredList } from "./MirroredList.js"

const Path = Schema.String.pipe(
  Schema.pattern(/^\/[\w./{}-]*$/, { message: () => "is not a path, such as /issues/{number}" })
)
const Name = Schema.String.pipe(
  Schema.pattern(/^[a-z][a-z0-9_]{0,40}$/, { message: () => "is not a name: small letters, digits and _" })
)
const Count = Schema.Int.pipe(Schema.positive())

const listed = {
  path: Path,
  /** Where the items are in the body; absent where the body is the array. */
  itemsAt: Schema.optional(Schema.String),
  /** The query parameter that narrows by change time. */
  timeFilter: Schema.optional(Schema.String),
  /** Sent with every request, to sort by change, oldest first, and to show all. */
  parameters: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), { default: () => ({}) })
}

const Entity = Schema.Struct({
  id: Schema.optionalWith(Schema.String, { default: () => "id" }),
  updatedAt: Schema.optionalWith(Schema.String, { default: () => "updated_at" }),
  createdAt: Schema.optionalWith(Schema.String, { default: () => "created_at" }),
  /** `mirror`: what a mirror has to know to answer the list. */
  list: Schema.optional(Schema.Struct({ ...listed, mirror: Schema.optional(MirroredList) })),
  item: Schema.optional(Path),
  search: Schema.optional(Schema.Struct(listed)),
  /** The actions that the webhook pushes, and the fields whose change it pushes (`"all"`, or names). */
  pushes: Schema.optional(
    Schema.Struct({
      actions: Schema.NonEmptyArray(Schema.Literal("create", "update", "delete")),
      fields: Schema.optionalWith(Schema.Union(Schema.Literal("all"), Schema.Array(Schema.String)), {
        default: () => "all" as const
      })
    })
  )
})

const Payload = Schema.Struct({
  entity: Name,
  /** Which deliveries this is for: all that have this header, or this field, with this value. */
  header: Schema.optional(Schema.Struct({ name: Schema.String, value: Schema.String })),
  field: Schema.optional(Schema.Struct({ at: Schema.String, value: Schema.String })),
  /** Where the entity is in the body. */
  entityAt: Schema.String,
  actionAt: Schema.optional(Schema.String),
  /** The sender's names of a creation and a deletion; every other action is an update. */
  creates: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  deletes: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  actorAt: Schema.optional(Schema.String)
})

export const Description = Schema.Struct({
  name: Name,
  hosts: Schema.NonEmptyArray(Schema.String),
  auth: Schema.optionalWith(Schema.Literal("basic", "token", "bearer"), { default: () => "bearer" as const }),
  /** In front of every path below: `/repos/{owner}/{repo}`. */
  base: Schema.optionalWith(Schema.Union(Path, Schema.Literal("")), { default: () => "" as const }),
  entities: Schema.Record({ key: Name, value: Entity }),
  paging: Schema.optionalWith(
    Schema.Struct({
      perPage: Schema.optionalWith(Schema.String, { default: () => "per_page" }),
      page: Schema.optionalWith(Schema.String, { default: () => "page" }),
      maxPerPage: Schema.optionalWith(Count, { default: () => 100 }),
      ceiling: Schema.optionalWith(Count, { default: () => 300 })
    }),
    { default: () => ({ perPage: "per_page", page: "page", maxPerPage: 100, ceiling: 300 }) }
  ),
  /** Request headers that change the answers: versions, languages, fields. */
  variesBy: Schema.optional(Schema.Array(Schema.String)),
  limits: Schema.optionalWith(
    Schema.Record({
      key: Schema.String,
      value: Schema.Struct({ limit: Count, period: Schema.Literal("minute", "hour"), source: Schema.String })
    }),
    { default: () => ({}) }
  ),
  webhook: Schema.optional(
    Schema.Struct({
      profile: Schema.Literal("freshworks", "token", "standard-webhooks", "github", "stripe", "shopify"),
      /** Where a person sets it up. */
      place: Schema.String,
      payloads: Schema.NonEmptyArray(Payload)
    })
  )
})
export type Description = typeof Description.Type
