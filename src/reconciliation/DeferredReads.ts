/**
 * What becomes of one thing that cannot be read while a sweep goes on: it is passed by, counted and told, and the sweep goes
 * on behind it. What may be readable later is written down and tried again, so that no cursor has to wait for it.
 */
import { Clock, Effect } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import type { ProviderError } from "../providers/clients.js"
import type { InboxUnavailable } from "./FindingWriter.js"
import type { DeferredRead, ReconciliationPort } from "./ReconciliationPort.js"

/** `gone`: there is no such thing. `refused`: it will not be shown. `later`: it may be. `stop`: nothing will be shown. */
export type Fate = "gone" | "refused" | "later" | "stop"

export const fateOf = ({ reason, status }: ProviderError): Fate => {
  if (reason === "notFound") return "gone"
  if (reason === "unauthorized") return status === 403 ? "refused" : "stop"
  if (reason === "invalid") return "refused"
  return reason === "rejected" && status !== null && status < 500 ? "refused" : "later"
}

/** An answer's difference from what the product documents, in words. */
export const unexpectedIn = ({ message, reason }: ProviderError): string | null =>
  reason === "unexpectedShape" ? message : null

/** Readings that fail in a row before the rest is put off without a call: the provider is down, not the thing. */
const struggling = 3
/** Things that are tried again in one sweep. */
const triedAtOnce = 200
/** A thing that fails on and on is tried once a day. */
const longestWaitMs = 86_400_000

export type ReadTarget = Pick<DeferredRead, "entity" | "entityId" | "children">

export interface Skipped {
  readonly entity: string
  readonly fate: Exclude<Fate, "stop">
  readonly status: number | null
  /** What is not as the product documents it; `null` where something else is the reason. */
  readonly unexpected: string | null
}

export interface DeferredReads {
  /** Reads one thing; `null` where it was passed by. `onGone` is for what a provider does not know any more. */
  readonly attempt: <A>(
    thing: ReadTarget,
    read: Effect.Effect<A, ProviderError | InboxUnavailable>,
    onGone?: Effect.Effect<void, InboxUnavailable>
  ) => Effect.Effect<A | null, ProviderError | InboxUnavailable>
  /** Puts off what a list showed in a shape that is not known. */
  readonly putOff: (thing: ReadTarget) => Effect.Effect<void, InboxUnavailable>
  readonly skipped: (skipped: Skipped) => Effect.Effect<void>
  /** Whether it has failed before and its next try is not due. */
  readonly waits: (thing: ReadTarget, now: EpochMillis) => boolean
  /** What is to be tried again now, what failed least often first. */
  readonly due: (now: EpochMillis) => ReadonlyArray<ReadTarget>
  readonly sweepBegins: () => void
}

const keyOf = ({ children, entity, entityId }: ReadTarget): string => `${entity}\0${entityId}\0${children}`

export const makeDeferredReads = (parts: {
  readonly source: string
  readonly port: ReconciliationPort
  readonly everyMs: number
  readonly set: (unread: DeferredRead) => Effect.Effect<void, InboxUnavailable>
  readonly clear: (thing: ReadTarget) => Effect.Effect<void, InboxUnavailable>
  readonly onSkipped: (skipped: Skipped) => Effect.Effect<void>
}): DeferredReads => {
  const pending = new Map(parts.port.unread(parts.source).map((unread) => [keyOf(unread), unread]))
  let failedInARow = 0

  const putOff = (thing: ReadTarget, tried: boolean): Effect.Effect<void, InboxUnavailable> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = pending.get(keyOf(thing))
      const tries = (known?.tries ?? 0) + (tried ? 1 : 0)
      // Half an interval is over by the next sweep.
      const wait = Math.min(longestWaitMs, parts.everyMs * 2 ** Math.min(tries - 2, 20))
      const { children, entity, entityId } = thing
      const unread = { children, entity, entityId, tries, nextAt: tried ? now + wait : (known?.nextAt ?? now) }
      pending.set(keyOf(thing), unread)
      return parts.set(unread)
    })
  const settle = (thing: ReadTarget): Effect.Effect<void, InboxUnavailable> =>
    pending.delete(keyOf(thing)) ? parts.clear(thing) : Effect.void
  const typeOf = ({ children, entity }: ReadTarget): string => (children === "" ? entity : children)

  return {
    attempt: (thing, read, onGone = Effect.void) =>
      Effect.suspend(() => {
        if (failedInARow >= struggling) return Effect.as(putOff(thing, false), null)
        const settled = Effect.tap(read, () => {
          failedInARow = 0
          return settle(thing)
        })
        return Effect.catchAll(settled, (error): Effect.Effect<null, ProviderError | InboxUnavailable> => {
          if (error._tag !== "ProviderError") return Effect.fail(error)
          const fate = fateOf(error)
          if (fate === "stop") return Effect.fail(error)
          const told = parts.onSkipped({
            entity: typeOf(thing),
            fate,
            status: error.status,
            unexpected: unexpectedIn(error)
          })
          if (fate === "later") {
            if (error.reason !== "unexpectedShape") failedInARow += 1
            return Effect.as(Effect.zipRight(told, putOff(thing, true)), null)
          }
          failedInARow = 0
          return told.pipe(
            Effect.zipRight(fate === "gone" ? onGone : Effect.void),
            Effect.zipRight(settle(thing)),
            Effect.as(null)
          )
        })
      }),
    putOff: (thing) => putOff(thing, false),
    skipped: parts.onSkipped,
    waits: (thing, now) => (pending.get(keyOf(thing))?.nextAt ?? 0) > now,
    due: (now) =>
      [...pending.values()]
        .filter(({ nextAt }) => nextAt <= now)
        .sort((a, b) => a.tries - b.tries || a.nextAt - b.nextAt)
        .slice(0, triedAtOnce),
    sweepBegins: () => {
      failedInARow = 0
    }
  }
}
