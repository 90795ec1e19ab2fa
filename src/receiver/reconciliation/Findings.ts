/** What a sweep makes of an entity that it has read: an event of origin `reconciliation`, or a note in the state. */
import { Data, Effect } from "effect"
import { eventName } from "../../domain/Event.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import { endOfSecond, finding, hasMoved, isReadable, type Policy, shownUpTo } from "../../policy/index.js"
import type { Item } from "../../providers/clients.js"
import type { Provider } from "../../providers/index.js"
import { isRowFailure, rowFailureOf } from "../../store/index.js"
import type { NoteName, ThreadOperations } from "../inbox/ThreadMessages.js"
import type { Receiver } from "../Receiver.js"
import { findingOf } from "./Comparison.js"

/** What a sweep found cannot be written down now: it ends there, and the next one begins where this one did. */
export class InboxUnavailable extends Data.TaggedError("InboxUnavailable")<{ readonly message: string }> {}

/** How an entity was met. */
export interface Met {
  /** When the reading began. */
  readonly readAt: EpochMillis
  readonly shower: "list" | "item"
  readonly meetsThePast: boolean
}

export interface Findings {
  readonly idOf: (entity: string, item: Item) => string | null
  readonly stampOf: (entity: string, item: Item) => EpochMillis | null
  /** Compares an entity with the state; what is new goes into the inbox as an event. */
  readonly compare: (entity: string, item: Item, met: Met) => Effect.Effect<void, InboxUnavailable>
  /** A list of deleted ones shows it. */
  readonly listedAsDeleted: (entity: string, item: Item, readAt: EpochMillis) => Effect.Effect<void, InboxUnavailable>
  /** The provider does not know it any more; nothing is said of what was never known. */
  readonly gone: (entity: string, id: string, readAt: EpochMillis) => Effect.Effect<void, InboxUnavailable>
  readonly note: <Name extends NoteName>(
    name: Name,
    ...args: Parameters<ThreadOperations[Name]>
  ) => Effect.Effect<void, InboxUnavailable>
}

/** Findings that are events; the others are notes in the state. */
const actions: Readonly<Record<number, "create" | "update">> = {
  [finding.create]: "create",
  [finding.update]: "update",
  [finding.restore]: "update"
}

export const makeFindings = (
  receiver: Receiver,
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
  const { account, provider, source } = options
  const { inbox } = receiver
  const unavailable = (): InboxUnavailable =>
    new InboxUnavailable({ message: `the inbox cannot be written to: what ${source} changed is looked for again` })
  const written = <A>(write: () => Promise<A>): Effect.Effect<A, InboxUnavailable> =>
    Effect.tryPromise({ try: write, catch: (error) => error }).pipe(
      // The entity's own row is at fault: that is no reason to end the sweep.
      Effect.catchAll((error) => (isRowFailure(error) ? Effect.die(error) : Effect.fail(unavailable())))
    )
  const note: Findings["note"] = (name, ...args) => Effect.asVoid(written(() => receiver.note(name, ...args)))

  /**
   * Compares one entity. Where the entity itself is why that fails (its state cannot be read, a value that cannot be compared), it is
   * passed by: the others of the sweep have no part in it.
   */
  const ofOne = (
    entity: string,
    work: () => Effect.Effect<void, InboxUnavailable>
  ): Effect.Effect<void, InboxUnavailable> => {
    const passedBy = (error: unknown) =>
      isRowFailure(error)
        ? options.onUnreadable(entity, rowFailureOf(error))
        : Effect.fail<InboxUnavailable>(unavailable())
    return Effect.suspend(work).pipe(Effect.catchAllDefect(passedBy))
  }

  const idOf: Findings["idOf"] = (entity, item) => {
    const id = item[provider.entities[entity]?.idField ?? "id"]
    return typeof id === "number" || (typeof id === "string" && id !== "") ? String(id) : null
  }
  const stampOf: Findings["stampOf"] = (entity, item) =>
    parseTimestamp(item[provider.entities[entity]?.updatedAtField ?? "updated_at"])

  /** Up to which moment a reading that began then shows what has this stamp. */
  const shownTo = (stamp: EpochMillis | null, readAt: EpochMillis): EpochMillis | null => {
    const moment = stamp === null ? Number.NaN : shownUpTo(stamp, readAt)
    return Number.isNaN(moment) ? null : moment
  }

  const put = (found: {
    readonly entity: string
    readonly action: "create" | "update" | "delete"
    readonly id: string
    readonly updatedAt: EpochMillis | null
    readonly shownTo: EpochMillis | null
    readonly item: Item | null
    readonly shower?: "list" | "item"
  }) =>
    written(() =>
      receiver.put(source, {
        event: eventName(found.entity, found.action),
        entity: found.entity,
        entityId: found.id,
        updatedAt: found.updatedAt,
        occurredAt: found.shownTo,
        account,
        actor: null,
        ...(found.shower === "item" ? { shownBy: "item" as const } : {}),
        snapshot: found.item
      })
    ).pipe(
      Effect.filterOrFail((result) => result !== "unavailable", unavailable),
      Effect.asVoid
    )

  return {
    idOf,
    stampOf,
    note,
    compare: (entity, item, { meetsThePast, readAt, shower }) =>
      ofOne(entity, () =>
        Effect.gen(function* () {
          const id = idOf(entity, item)
          if (id === null) return
          const updatedAt = stampOf(entity, item)
          const beganAt = yield* options.beganAt(entity)
          const known = inbox.state(source, entity, id)
          const shown = shownTo(updatedAt, readAt)
          const look = { type: provider.entities[entity], item, updatedAt, shownTo: shown, shower }
          const found = findingOf(look, known, { beganAt, meetsThePast })
          if (found === finding.nothing) return
          const action = actions[found]
          if (action !== undefined) return yield* put({ entity, id, updatedAt, shownTo: shown, item, shower, action })
          if (known === null) return yield* note("fillState", source, entity, id, updatedAt, item, shown, shower)
          const moved = hasMoved(updatedAt ?? Number.NaN, known.updatedAt ?? Number.NaN)
          const upTo = moved ? shown : (known.occurredAt ?? shown)
          yield* note("mergeState", source, entity, id, updatedAt, item, known, upTo, shower)
          if (moved) options.onRefreshed?.(entity, id, updatedAt!)
        })
      ),
    listedAsDeleted: (entity, item, readAt) =>
      ofOne(entity, () => {
        const id = idOf(entity, item)
        if (id === null || inbox.state(source, entity, id)?.deleted === true) return Effect.void
        const updatedAt = stampOf(entity, item)
        return put({ entity, id, updatedAt, shownTo: shownTo(updatedAt, readAt), item, action: "delete" })
      }),
    gone: (entity, id, readAt) =>
      ofOne(entity, () => {
        const known = inbox.state(source, entity, id)
        if (known === null || !options.policy.mayBeGone(known.deleted, isReadable(known.updatedAt ?? 0, readAt)))
          return Effect.void
        // The provider does not say when: it keeps its stamp, and comes after all that shares it.
        const updatedAt = known.updatedAt ?? readAt
        return put({ entity, id, updatedAt, shownTo: endOfSecond(updatedAt), item: null, action: "delete" })
      })
  }
}
