/** The versions that reached the receiver, by source and entity. Pure. */
import { getOrMake } from "../domain/Grouping.js"
import type { ArrivedVersion } from "../store/index.js"

export interface Arrivals {
  /** By entity type and id. */
  readonly of: (entity: string, entityId: string) => ReadonlyArray<ArrivedVersion>
  readonly all: ReadonlyArray<ArrivedVersion>
}

export const noArrivals: Arrivals = { of: () => [], all: [] }

export const arrivalsOf = (arrived: ReadonlyArray<ArrivedVersion>): ReadonlyMap<string, Arrivals> => {
  const bySource = new Map<string, Array<ArrivedVersion>>()
  for (const one of arrived) getOrMake(bySource, one.source, () => []).push(one)
  return new Map(
    [...bySource].map(([source, all]) => {
      const byEntity = new Map<string, Array<ArrivedVersion>>()
      for (const one of all) getOrMake(byEntity, `${one.entity}\0${one.entityId}`, () => []).push(one)
      return [source, { all, of: (entity, entityId) => byEntity.get(`${entity}\0${entityId}`) ?? [] }]
    })
  )
}
