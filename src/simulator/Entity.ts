/** Entities as a simulated API shows them: any fields, an id, and stamps under the product's own names. */
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
