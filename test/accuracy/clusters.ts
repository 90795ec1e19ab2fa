/**
 * Writers that cluster, with the rate that they really have, as one poller sees them. Knows nothing of the estimate.
 */
import type { Chance } from "./chance.js"

export interface Writing {
  readonly entity: number
  readonly at: number
}

/** How writers write: changes over a time, and how many an hour there are in the long run. */
export interface Writers {
  readonly perHour: number
  readonly write: (chance: Chance, hours: number) => ReadonlyArray<Writing>
}

const hourMs = 3_600_000

const moments = function* (chance: Chance, perHour: number, hours: number): Generator<number> {
  for (let at = chance.exponential(hourMs / perHour); at < hours * hourMs; at += chance.exponential(hourMs / perHour))
    yield at
}

/** Each change by itself, on entities of which a few change often. */
export const steady = (perHour: number, entities: number): Writers => ({
  perHour,
  write: (chance, hours) => {
    const weights = Array.from({ length: entities }, () => Math.exp(chance.gaussian()))
    const all = weights.reduce((sum, weight) => sum + weight, 0)
    return weights.flatMap((weight, entity) =>
      [...moments(chance, (perHour * weight) / all, hours)].map((at) => ({ entity, at }))
    )
  }
})

/** Jobs that write to many entities within minutes, and then not for long. */
export const jobs = (jobsPerHour: number, size: number, minutes: number): Writers => ({
  perHour: jobsPerHour * size,
  write: (chance, hours) =>
    // Those that began before are still writing when the recording begins.
    [...moments(chance, jobsPerHour, hours + 1)].flatMap((began) =>
      Array.from({ length: chance.whole(1, 2 * size - 1) }, () => ({
        entity: chance.whole(1, 5_000),
        at: began - hourMs + chance.between(0, minutes * 60_000)
      }))
    )
})

/** People who work on one entity for a while, change after change. */
export const sessions = (sessionsPerHour: number, changes: number, everySeconds: number): Writers => ({
  perHour: sessionsPerHour * changes,
  write: (chance, hours) =>
    [...moments(chance, sessionsPerHour, hours + 2)].flatMap((began) => {
      const entity = chance.whole(1, 400)
      let at = began - 2 * hourMs
      return Array.from({ length: chance.whole(1, 2 * changes - 1) }, () => {
        at += chance.exponential(everySeconds * 1_000)
        return { entity, at }
      })
    })
})

/** What a poller sees: the last change of each entity in each interval, with its stamp. */
export const seenBy = (writings: ReadonlyArray<Writing>, everySeconds: number, hours: number) => {
  const everyMs = everySeconds * 1_000
  const count = Math.floor((hours * hourMs) / everyMs)
  const sweeps = Array.from({ length: count }, (_, n) => ({
    startedAt: n * everyMs,
    endedAt: n * everyMs + 200,
    pages: 1,
    detailCalls: 0,
    throttled: 0,
    failed: false,
    items: 0,
    yield: 0
  }))
  const last = new Map<string, { entity: number; at: number; sweep: number }>()
  for (const { at, entity } of [...writings].sort((a, b) => a.at - b.at)) {
    const sweep = Math.ceil(at / everyMs)
    if (at >= 0 && sweep >= 1 && sweep < count) last.set(`${entity} ${sweep}`, { entity, at, sweep })
  }
  const versions = [...last.values()].map(({ at, entity, sweep }) => ({
    entity: 0,
    entityId: entity,
    updatedAt: Math.floor(at / 1_000) * 1_000,
    askedAt: sweep * everyMs,
    seenAt: sweep * everyMs + 200,
    created: false,
    firstSeen: false,
    sweep
  }))
  return { sweeps, versions }
}
