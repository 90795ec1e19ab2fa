/** Get, create, update and remove one entity; each product's client gives its paths, schemas and wrappers. */
import { Effect, Schema } from "effect"
import type { InEffects, Mode, One } from "./Mode.js"
import type { ProviderError } from "./ProviderError.js"
import { type ApiRequest, Nothing, type Transport } from "./Transport.js"

export type Fields = Readonly<Record<string, unknown>>

/** `Entities` maps each entity type's name to its shape. */
export interface EntityVerbs<Entities, M extends Mode> {
  /** `include` embeds related entities where the product can. */
  readonly get: <Name extends keyof Entities>(
    entity: Name,
    id: string | number,
    include?: string
  ) => One<M, Entities[Name]>
  readonly create: <Name extends keyof Entities>(entity: Name, fields: Fields) => One<M, Entities[Name]>
  readonly update: <Name extends keyof Entities>(
    entity: Name,
    id: string | number,
    fields: Fields
  ) => One<M, Entities[Name]>
  readonly remove: (entity: keyof Entities, id: string | number) => One<M, void>
}

export interface EntityApi<Entities> {
  readonly schemas: {
    readonly [Name in keyof Entities]: Schema.Schema.AnyNoContext & { readonly Type: Entities[Name] }
  }
  readonly pathOf: (entity: keyof Entities & string) => string
  /** Whether answers, and bodies of requests, hold the entity under its name: `{ "ticket": { … } }`. */
  readonly wraps: { readonly answers: boolean; readonly bodies: boolean }
}

export const entityVerbs = <Entities>(
  { send }: Pick<Transport, "send">,
  { pathOf, schemas, wraps }: EntityApi<Entities>
): EntityVerbs<Entities, InEffects> => {
  type Name = keyof Entities & string
  const exchange = <N extends keyof Entities>(
    entity: N,
    request: Omit<ApiRequest<never, never>, "schema">
  ): Effect.Effect<Entities[N], ProviderError> => {
    const schema = schemas[entity] as Schema.Schema<Entities[N], unknown>
    if (!wraps.answers) return send({ ...request, schema })
    const name = entity as Name
    return Effect.map(send({ ...request, schema: Schema.Struct({ [name]: schema }) }), (body) => body[name]!)
  }
  const bodyOf = (entity: Name, fields: Fields): unknown => (wraps.bodies ? { [entity]: fields } : fields)
  return {
    get: (entity, id, include) =>
      exchange(entity, {
        path: `${pathOf(entity as Name)}/${id}`,
        parameters: { include },
        what: `${String(entity)} ${id}`
      }),
    create: (entity, fields) =>
      exchange(entity, {
        method: "POST",
        path: pathOf(entity as Name),
        body: bodyOf(entity as Name, fields),
        what: `the new ${String(entity)}`
      }),
    update: (entity, id, fields) =>
      exchange(entity, {
        method: "PUT",
        path: `${pathOf(entity as Name)}/${id}`,
        body: bodyOf(entity as Name, fields),
        what: `${String(entity)} ${id}`
      }),
    remove: (entity, id) =>
      Effect.asVoid(
        send({
          method: "DELETE",
          path: `${pathOf(entity as Name)}/${id}`,
          schema: Nothing,
          what: `${String(entity)} ${id}`
        })
      )
  }
}
