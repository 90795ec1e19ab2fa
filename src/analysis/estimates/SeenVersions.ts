/** The item versions that a poller brought after its first sweep. Pure. */
import { getOrMake } from "../../domain/Grouping.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { DetectedPoller } from "../detection/DetectedPoller.js"

export interface SeenVersion {
  /** Places in `Recording.names`. */
  readonly entity: number
  readonly entityId: number
  readonly updatedAt: EpochMillis | null
  /** Start and end of the call that brought it. */
  readonly askedAt: EpochMillis
  readonly seenAt: EpochMillis
  readonly created: boolean
  /** The stream had not seen the entity before. */
  readonly firstSeen: boolean
  /** Index of the sweep that brought it: 1 or more. */
  readonly sweep: number
}

/** A number for each version with a stamp, rising. Sorted as doubles: several times faster than with a comparator. */
export const risingByStamp = (
  versions: ReadonlyArray<SeenVersion>,
  valueOf: (version: SeenVersion, updatedAt: EpochMillis) => number
): Float64Array => {
  const values = new Float64Array(versions.length)
  let length = 0
  for (const version of versions) if (version.updatedAt !== null) values[length++] = valueOf(version, version.updatedAt)
  return values.subarray(0, length).sort()
}

/**
 * Versions from before the poller's first sweep, and those that it brought, are left out: they say nothing of its
 * pace. A version that both the list and a detail call show counts once.
 */
export const versionsSeenBy = (poller: DetectedPoller): ReadonlyArray<SeenVersion> => {
  const from = poller.sweeps[0]!.startedAt
  const seen: Array<SeenVersion> = []
  // Only a poller with detail calls can read a version twice.
  const placeOf = poller.details.length === 0 ? null : placesOfVersions()
  for (const { recording, sweepOf } of [poller.own, ...poller.details]) {
    const { versions } = recording
    for (let row = 0; row < versions.length; row++) {
      const sweep = sweepOf[versions.call[row]!]!
      if (sweep < 1) continue
      const stamp = versions.updatedAt[row]!
      const updatedAt = Number.isNaN(stamp) ? null : stamp
      const seenAt = versions.seenAt[row]!
      if ((updatedAt ?? seenAt) < from) continue
      const version: SeenVersion = {
        entity: versions.entity[row]!,
        entityId: versions.entityId[row]!,
        updatedAt,
        askedAt: recording.calls.startedAt[versions.call[row]!]!,
        seenAt,
        created: versions.created[row] === 1,
        firstSeen: versions.changed[row]! < 0,
        sweep
      }
      const place = updatedAt === null ? undefined : placeOf?.(version.entity, version.entityId, updatedAt, seen.length)
      if (place === undefined || place === seen.length) seen.push(version)
      else if (seenAt < seen[place]!.seenAt) seen[place] = version
    }
  }
  return seen
}

/** Index of a version, kept from its first appearance. */
const placesOfVersions = () => {
  const byEntity = new Map<number, Map<number, Map<number, number>>>()
  return (entity: number, entityId: number, updatedAt: EpochMillis, next: number): number =>
    getOrMake(
      getOrMake(
        getOrMake(byEntity, entity, () => new Map<number, Map<number, number>>()),
        entityId,
        () => new Map()
      ),
      updatedAt,
      () => next
    )
}
