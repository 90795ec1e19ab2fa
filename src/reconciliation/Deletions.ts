/** Deletions that no list of changes shows: ids that are known and that a complete list lacks. */
import { Effect } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import { isReadable } from "../policy/index.js"
import type { SweepError, SweepParts } from "./SweepParts.js"

/** An entity that a complete list lacks, although the state has it, is gone if the API says so. */
export const findGone = (
  { deferredReads, findings, policy, port, source, sweeper }: SweepParts,
  entity: string,
  listed: ReadonlySet<string>,
  readAt: EpochMillis
): Effect.Effect<void, SweepError> =>
  Effect.forEach(
    port
      .states(source, entity)
      .filter(
        ({ deleted, entityId, updatedAt }) =>
          !listed.has(entityId) && policy.mayBeGone(deleted, isReadable(updatedAt ?? 0, readAt))
      ),
    ({ entityId }) =>
      deferredReads.attempt(
        { entity, entityId, children: "" },
        Effect.flatMap(sweeper.get(entity, entityId), (item) =>
          findings.compare(entity, item, { readAt, shower: "item", meetsThePast: false })
        ),
        findings.gone(entity, entityId, readAt)
      ),
    { discard: true }
  )
