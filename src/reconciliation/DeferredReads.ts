/**
 * Reads that fail while a sweep goes on: the entity is passed by, counted and reported, and the sweep goes on behind
 * it. A read that may succeed later is written down and retried, so that no cursor has to wait for it.
 */
import { Clock, Effect } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import type { ProviderError } from "../providers/clients.js"
import type { InboxUnavailable } from "./FindingWriter.js"
import type { DeferredRead, ReconciliationPort } from "./ReconciliationPort.js"

/**
 * `gone`: the provider does not know it. `refused`: it is not shown to this key. `later`: it may be readable later.
 * `stop`: nothing is.
 */
export type Fate = "gone" | "refused" | "later" | "stop"

export const fateOf = ({ reason, status }: ProviderError): Fate => {
  if (reason === "notFound") return "gone"
  if (reason === "unauthorized") return status === 403 ? "refused" : "stop"
  if (reason === "invalid") return "refused"
  return reason === "rejected" && status !== null && status < 500 ? "refused" : "later"
}

/** How an answer differs from the product's documentation, in words. */
export const unexpectedIn = ({ message, reason }: ProviderError): string | null =>
  reason === "unexpectedShape" ? message : null

/** Reads that fail in a row before the rest is deferred without a call: then the provider is down. */
const struggling = 3
/** Reads that are retried in one sweep. */
const triedAtOnce = 200
/** A read that fails on and on is retried once a day. */
const longestWaitMs = 86_400_000

export type ReadTarget = Pick<DeferredRead, "entity" | "entityId" | "children">

export interface Skipped {
  readonly entity: string
  readonly fate: Exclude<Fate, "stop">
  readonly status: number | null
  /** How the answer differs from the documentation; `null` where something else is the reason. */
  readonly unexpected: string | null
}

export interface DeferredReads {
  /** Reads one target; `null` where it was passed by. `onGone` runs where the provider does not know it any more. */
  readonly attempt: <A>(
    target: ReadTarget,
    read: Effect.Effect<A, ProviderError | InboxUnavailable>,
    onGone?: Effect.Effect<void, InboxUnavailable>
  ) => Effect.Effect<A | null, ProviderError | InboxUnavailable>
  /** Defers an item that a list showed in an unknown shape. */
  readonly putOff: (target: ReadTarget) => Effect.Effect<void, InboxUnavailable>
  readonly skipped: (skipped: Skipped) => Effect.Effect<void>
  /** Whether it has failed before and its next try is not due. */
  readonly waits: (target: ReadTarget, now: EpochMillis) => boolean
  /** Whether it has failed, and is to be tried again. */
  readonly isPending: (target: ReadTarget) => boolean
  /** Reads to be retried now, those that failed least often first. */
  readonly due: (now: EpochMillis) => ReadonlyArray<ReadTarget>
  readonly sweepBegins: () => void
}

const keyOf = ({ children, entity, entityId }: ReadTarget): string => `${entity}\0${entityId}\0${children}`

export const makeDeferredReads = (parts: {
  readonly source: string
  readonly port: ReconciliationPort
  readonly everyMs: number
  readonly set: (unread: DeferredRead) => Effect.Effect<void, InboxUnavailable>
  readonly clear: (target: ReadTarget) => Effect.Effect<void, InboxUnavailable>
  readonly onSkipped: (skipped: Skipped) => Effect.Effect<void>
}): DeferredReads => {
  const pending = new Map(parts.port.unread(parts.source).map((unread) => [keyOf(unread), unread]))
  let failedInARow = 0

  const putOff = (target: ReadTarget, tried: boolean): Effect.Effect<void, InboxUnavailable> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = pending.get(keyOf(target))
      const tries = (known?.tries ?? 0) + (tried ? 1 : 0)
      // The first wait is half an interval, so that it is over by the next sweep.
      const wait = Math.min(longestWaitMs, parts.everyMs * 2 ** Math.min(tries - 2, 20))
      const { children, entity, entityId } = target
      const unread = { children, entity, entityId, tries, nextAt: tried ? now + wait : (known?.nextAt ?? now) }
      pending.set(keyOf(target), unread)
      return parts.set(unread)
    })
  const settle = (target: ReadTarget): Effect.Effect<void, InboxUnavailable> =>
    pending.delete(keyOf(target)) ? parts.clear(target) : Effect.void
  const typeOf = ({ children, entity }: ReadTarget): string => (children === "" ? entity : children)

  return {
    attempt: (target, read, onGone = Effect.void) =>
      Effect.suspend(() => {
        if (failedInARow >= struggling) return Effect.as(putOff(target, false), null)
        const settled = Effect.tap(read, () => {
          failedInARow = 0
          return settle(target)
        })
        return Effect.catchAll(settled, (error): Effect.Effect<null, ProviderError | InboxUnavailable> => {
          if (error._tag !== "ProviderError") return Effect.fail(error)
          const fate = fateOf(error)
          if (fate === "stop") return Effect.fail(error)
          const told = parts.onSkipped({
            entity: typeOf(target),
            fate,
            status: error.status,
            unexpected: unexpectedIn(error)
          })
          if (fate === "later") {
            if (error.reason !== "unexpectedShape") failedInARow += 1
            return Effect.as(Effect.zipRight(told, putOff(target, true)), null)
          }
          failedInARow = 0
          return told.pipe(
            Effect.zipRight(fate === "gone" ? onGone : Effect.void),
            Effect.zipRight(settle(target)),
            Effect.as(null)
          )
        })
      }),
    putOff: (target) => putOff(target, false),
    skipped: parts.onSkipped,
    isPending: (target) => pending.has(keyOf(target)),
    waits: (target, now) => (pending.get(keyOf(target))?.nextAt ?? 0) > now,
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
