/** Entities as a simulated API shows them: any fields, an id, and stamps under the product's own names. */
import type { Provider } from "../providers/index.js"

export type EntityId = number | string
export type Entity = Readonly<Record<string, unknown>>

/** What the world has to know of an entity type. */
export interface EntityModel {
  readonly idField: string
  readonly updatedAtField: string | null
  readonly createdAtField: string
  /** Ids count up from here; texts are drawn. */
  readonly firstId: number | "uuid"
  /** Whose dependant it is; `touches` where its making moves that one's stamp. */
  readonly parent?: { readonly entity: string; readonly idField: string; readonly touches: boolean }
  /** What an entity has that was made with nothing said of it. */
  readonly blank?: Entity
}

/** An entity type as the provider's catalogue has it; `own` is what this simulated account adds, such as its first id. */
export const entityModel = (provider: Provider, name: string, own: Partial<EntityModel> = {}): EntityModel => {
  const { createdAtField, defaults, idField, ids, parent, touches, updatedAtField } = provider.entities[name]!
  return {
    idField,
    updatedAtField,
    createdAtField,
    firstId: ids === "uuid" ? "uuid" : 1,
    ...(parent === undefined ? {} : { parent: { ...parent, touches: touches !== undefined } }),
    ...(defaults === undefined ? {} : { blank: defaults }),
    ...own
  }
}
