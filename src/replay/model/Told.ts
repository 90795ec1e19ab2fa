/** Names for a history of entities and pushes that the machines know by number. */
import { routesIn, type Scenario } from "./Scenario.js"

export interface Told {
  readonly typeOf: (entity: number) => string
  readonly idOf: (entity: number) => string
  /** An event in the inbox; `thin`: it told the id only. */
  readonly keyOf: (entity: number, stamp: number, version: number, thin: boolean) => string
}

export const toldOf = (scenario: Scenario, ids: ReadonlyArray<string> | null): Told => {
  const { entities, types } = scenario
  const mixed = routesIn(scenario).length > 1
  const typeOf = (entity: number): string => types[entities.type[entity]!]!.name
  const idOf = (entity: number): string => ids?.[entity] ?? String(entity)
  return {
    typeOf,
    idOf,
    keyOf: (entity, stamp, version, thin) =>
      `${typeOf(entity)} ${idOf(entity)} ${stamp} ${version}${thin && mixed ? " thin" : ""}`
  }
}
