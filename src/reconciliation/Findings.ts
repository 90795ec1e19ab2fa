/** Turns an entity that a sweep has read into an event of origin `reconciliation`, or into a note in its state. */
import { Effect } from "effect"
import { type EpochMillis, parseTimestamp } from "../domain/Time.js"
import { endOfSecond, finding, hasMoved, isReadable, type Policy, shownUpTo } from "../policy/index.js"
import type { Item } from "../providers/clients.js"
import type { Provider } from "../providers/index.js"
import { type FindingWriter, type InboxUnavailable, makeFindingWriter } from "./FindingWriter.js"
import { findingOf } from "./ListDiff.js"
import type { ReconciliationPort } from "./ReconciliationPort.js"

/** How an entity was met. */
export interface Met {
  /** When the reading began. */
  readonly readAt: EpochMillis
  readonly shower: "list" | "item"
  readonly meetsThePast: boolean
}

export interface Findings extends Pick<FindingWriter, "note" | "stored"> {
  readonly idOf: (entity: string, item: Item) => string | null
  readonly stampOf: (entity: string, item: Item) => EpochMillis | null
  /** Diffs an entity against its state; a difference goes into the inbox as an event. */
  readonly compare: (entity: string, item: Item, met: Met) => Effect.Effect<void, InboxUnavailable>
  /** A list of deleted entities shows it. */
  readonly listedAsDeleted: (entity: string, item: Item, readAt: EpochMillis) => Effect.Effect<void, InboxUnavailable>
  /** The provider does not know it any more. An entity that was never known makes no event. */
  readonly gone: (entity: string, id: string, readAt: EpochMillis) => Effect.Effect<void, InboxUnavailable>
}

/** Findings that are events; the others are notes in the state. */
const actions: Readonly<Record<number, "create" | "update">> = {
  [finding.create]: "create",
  [finding.update]: "update",
  [finding.restore]: "update"
}

/** Up to which moment a reading that began at `readAt` shows the state of this stamp. */
const shownTo = (stamp: EpochMillis | null, readAt: EpochMillis): EpochMillis | null => {
  const moment = stamp === null ? Number.NaN : shownUpTo(stamp, readAt)
  return Number.isNaN(moment) ? null : moment
}

export const makeFindings = (
  port: Pick<ReconciliationPort, "note" | "put" | "rowFailure" | "state">,
  options: {
    readonly source: string
    readonly account: string
    readonly provider: Provider
    readonly policy: Policy
    readonly beganAt: (entity: string) => Effect.Effect<EpochMillis, InboxUnavailable>
    /** An entity's state cannot be read or compared. */
    readonly onUnreadable: (entity: string, reason: string) => Effect.Effect<void>
    readonly onRefreshed?: (entity: string, entityId: string, updatedAt: EpochMillis) => void
  }
): Findings => {
  const { beganAt, onRefreshed, provider, source } = options
  const { note, ofOne, put, stored } = makeFindingWriter(port, options)

  const idOf: Findings["idOf"] = (entity, item) => {
    const id = item[provider.entities[entity]?.idField ?? "id"]
    return typeof id === "number" || (typeof id === "string" && id !== "") ? String(id) : null
  }
  const stampOf: Findings["stampOf"] = (entity, item) =>
    parseTimestamp(item[provider.entities[entity]?.updatedAtField ?? "updated_at"])

  return {
    idOf,
    stampOf,
    note,
    stored,
    compare: (entity, item, { meetsThePast, readAt, shower }) =>
      ofOne(entity, () =>
        Effect.gen(function* () {
          const id = idOf(entity, item)
          if (id === null) return
          const updatedAt = stampOf(entity, item)
          const watched = { beganAt: yield* beganAt(entity), meetsThePast }
          const known = port.state(source, entity, id)
          const shown = shownTo(updatedAt, readAt)
          const look = { type: provider.entities[entity], item, updatedAt, readAt, shownTo: shown, shower }
          const found = findingOf(look, known, watched)
          if (found === finding.nothing) return
          if (found === finding.doubt) return yield* note("doubtState", source, entity, id, readAt)
          const action = actions[found]
          if (action !== undefined) return yield* put({ entity, id, updatedAt, shownTo: shown, item, shower, action })
          if (known === null) return yield* note("fillState", source, entity, id, updatedAt, item, shown, shower)
          const moved = hasMoved(updatedAt ?? Number.NaN, known.updatedAt ?? Number.NaN)
          const upTo = moved ? shown : (known.occurredAt ?? shown)
          yield* note("mergeState", source, entity, id, updatedAt, item, known, upTo, shower)
          if (moved) onRefreshed?.(entity, id, updatedAt!)
        })
      ),
    listedAsDeleted: (entity, item, readAt) =>
      ofOne(entity, () => {
        const id = idOf(entity, item)
        if (id === null || port.state(source, entity, id)?.deleted === true) return Effect.void
        const updatedAt = stampOf(entity, item)
        return put({ entity, id, updatedAt, shownTo: shownTo(updatedAt, readAt), item, action: "delete" })
      }),
    gone: (entity, id, readAt) =>
      ofOne(entity, () => {
        const known = port.state(source, entity, id)
        if (known === null || !options.policy.mayBeGone(known.deleted, isReadable(known.updatedAt ?? 0, readAt)))
          return Effect.void
        // The provider does not say when: the deletion keeps the known stamp, and comes after all events that share it.
        const updatedAt = known.updatedAt ?? readAt
        return put({ entity, id, updatedAt, shownTo: endOfSecond(updatedAt), item: null, action: "delete" })
      })
  }
}
