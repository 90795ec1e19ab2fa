/** Names for a history of entities and pushes that the machines know by number. */
import type { Scenario } from "./Scenario.js"

export interface Told {
  readonly typeOf: (entity: number) => string
  readonly idOf: (entity: number) => string
  /** An event in the inbox. */
  readonly keyOf: (entity: number, stamp: number, version: number) => string
}

export const toldOf = ({ entities, types }: Scenario, ids: ReadonlyArray<string> | null): Told => {
  const typeOf = (entity: number): string => types[entities.type[entity]!]!.name
  const idOf = (entity: number): string => ids?.[entity] ?? String(entity)
  return {
    typeOf,
    idOf,
    keyOf: (entity, stamp, version) => `${typeOf(entity)} ${idOf(entity)} ${stamp} ${version}`
  }
}
