/** Writes down what a sweep found: events, notes. Tells an entity's own failure from a failure of the whole store. */
import { Data, Effect } from "effect"
import { eventName } from "../domain/Event.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Item } from "../providers/clients.js"
import type { ReconciliationPort, SweepNotes } from "./ReconciliationPort.js"

/** The store takes no write now. The sweep ends here, and the next one begins where this one did. */
export class InboxUnavailable extends Data.TaggedError("InboxUnavailable")<{ readonly message: string }> {}

export interface FoundChange {
  readonly entity: string
  readonly action: "create" | "update" | "delete"
  readonly id: string
  readonly updatedAt: EpochMillis | null
  readonly shownTo: EpochMillis | null
  readonly item: Item | null
  readonly shower?: "list" | "item"
}

export interface FindingWriter {
  readonly put: (found: FoundChange) => Effect.Effect<void, InboxUnavailable>
  /** How many findings were stored as events: others had been told already. */
  readonly stored: () => number
  readonly note: <Name extends keyof SweepNotes>(
    name: Name,
    ...args: Parameters<SweepNotes[Name]>
  ) => Effect.Effect<void, InboxUnavailable>
  /**
   * Does the work on one entity. Where the entity itself makes it fail (its state cannot be read or compared), the
   * entity is passed by: the others of the sweep have no part in it.
   */
  readonly ofOne: (
    entity: string,
    work: () => Effect.Effect<void, InboxUnavailable>
  ) => Effect.Effect<void, InboxUnavailable>
}

export const makeFindingWriter = (
  port: Pick<ReconciliationPort, "note" | "put" | "rowFailure">,
  options: {
    readonly source: string
    readonly account: string
    /** An entity's state cannot be read or compared. */
    readonly onUnreadable: (entity: string, reason: string) => Effect.Effect<void>
  }
): FindingWriter => {
  const { account, onUnreadable, source } = options
  let stored = 0
  const unavailable = (): InboxUnavailable =>
    new InboxUnavailable({ message: `the inbox cannot be written to: what ${source} changed is looked for again` })
  const written = <A>(write: () => Promise<A>): Effect.Effect<A, InboxUnavailable> =>
    Effect.tryPromise({ try: write, catch: (error) => error }).pipe(
      // A failure of the entity's own row is no reason to end the sweep: `ofOne` takes it up.
      Effect.catchAll((error) => (port.rowFailure(error) === null ? Effect.fail(unavailable()) : Effect.die(error)))
    )
  return {
    note: (name, ...args) => Effect.asVoid(written(() => port.note(name, ...args))),
    put: ({ action, entity, id, item, shower, shownTo, updatedAt }) =>
      written(() =>
        port.put(source, {
          event: eventName(entity, action),
          entity,
          entityId: id,
          updatedAt,
          occurredAt: shownTo,
          account,
          actor: null,
          ...(shower === "item" ? { shownBy: "item" as const } : {}),
          snapshot: item
        })
      ).pipe(
        Effect.filterOrFail((result) => result !== "unavailable", unavailable),
        Effect.tap((result) =>
          Effect.sync(() => {
            if (result === "stored") stored += 1
          })
        ),
        Effect.asVoid
      ),
    stored: () => stored,
    ofOne: (entity, work) => {
      const passedBy = (error: unknown): Effect.Effect<void, InboxUnavailable> => {
        const reason = port.rowFailure(error)
        return reason === null ? Effect.fail(unavailable()) : onUnreadable(entity, reason)
      }
      return Effect.suspend(work).pipe(Effect.catchAllDefect(passedBy))
    }
  }
}
