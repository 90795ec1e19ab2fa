/** Entities as a simulated API shows them: any fields, an id, and stamps under the product's own names. */
import type { Provider } from "../providers/index.js"

export type EntityId = number | string
export type Entity = Readonly<Record<string, unknown>>

/** An entity type as the simulated account needs it. */
export interface EntityModel {
  readonly idField: string
  readonly updatedAtField: string | null
  readonly createdAtField: string
  /** Ids count up from here; texts are drawn. */
  readonly firstId: number | "uuid"
  /** Whose dependant it is; `touches` where its making moves that one's stamp. */
  readonly parent?: { readonly entity: string; readonly idField: string; readonly touches: boolean }
  /** The fields of an entity whose creation names none. */
  readonly blank?: Entity
}

/** An entity type by the provider's catalogue; `own` holds the account's own facts, such as its first id. */
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
