/**
 * Reconciliation: a slow sweep per entity type that heals what pushes lost and brings what no event covers. It finds
 * differences between the provider's lists and the receiver's entity state, and puts them into the inbox as events of
 * origin `reconciliation`. The first sweep fills the state; a later start catches up from where the last one ended.
 */
import { HttpClient } from "@effect/platform"
import { Clock, Duration, Effect, type Scope, Stream } from "effect"
import { canonicalJson } from "../domain/CanonicalJson.js"
import { eventName } from "../domain/Event.js"
import { type EpochMillis, parseTimestamp, toWholeSecondIso } from "../domain/Time.js"
import {
  type Entity,
  type FreshdeskClient,
  type FreshdeskError,
  type FreshdeskOptions,
  makeFreshdeskClient
} from "../providers/clients.js"
import type { Receiver } from "./Receiver.js"

export interface ReconciliationOptions {
  readonly source: string
  readonly account: string
  readonly provider: FreshdeskOptions
  readonly every: Duration.Duration
  /** Entity types to sweep: those whose pollers were replaced. */
  readonly entities: ReadonlyArray<string>
  /** Whether the conversations of changed tickets are wanted too. */
  readonly conversations: boolean
  /** Told when a sweep moved an entity's stamp in the state and nothing else of it, so that no event was made. */
  readonly onRefreshed?: (entity: string, entityId: string, updatedAt: EpochMillis) => void
  readonly onError?: (error: FreshdeskError) => Effect.Effect<void>
}

/** Calls that went out, by purpose; a repeated one counts as a retry only. */
export interface CallTally {
  reconciliation: number
  hydration: number
  retries: number
}

export interface Reconciliation {
  readonly tally: Readonly<CallTally>
  /** One sweep now, over all entity types. */
  readonly sweep: Effect.Effect<void>
  readonly hydrate: (entity: string, entityId: string) => Effect.Effect<Entity | null, FreshdeskError>
}

/**
 * Reads again from this much before the newest stamp that the last sweep saw: it covers whole-second stamps and the
 * delay until a write is readable.
 */
const overlap = Duration.minutes(2)

/** How far back the first sweep of tickets reaches, by `updated_at`: the plain list shows 30 days by creation. */
const firstReach = Duration.days(30)

/** Fields that are computed or embedded, or that say nothing of a change of their own. */
const notCompared = new Set([
  "updated_at",
  "deleted",
  "description",
  "description_text",
  "stats",
  "requester",
  "company"
])

export const makeReconciliation = (
  receiver: Receiver,
  options: ReconciliationOptions
): Effect.Effect<Reconciliation, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { account, source } = options
    const { inbox } = receiver
    const tally: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
    const http = yield* HttpClient.HttpClient
    const clientFor = (purpose: "reconciliation" | "hydration"): Effect.Effect<FreshdeskClient> => {
      const count = (kind: "reconciliation" | "hydration" | "retry", by: number) => {
        tally[kind === "retry" ? "retries" : kind] += by
        if (by > 0) receiver.metrics.providerCalls.inc({ source, purpose: kind })
      }
      return makeFreshdeskClient({
        ...options.provider,
        onRetry: Effect.sync(() => {
          count("retry", 1)
          count(purpose, -1)
        })
      }).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          HttpClient.tapRequest(http, () => Effect.sync(() => count(purpose, 1)))
        )
      )
    }
    const sweeper = yield* clientFor("reconciliation")
    const hydrator = yield* clientFor("hydration")

    const put = (entity: string, action: "create" | "update" | "delete", item: Entity) =>
      Effect.promise(() =>
        receiver.put(source, {
          event: eventName(entity, action),
          entity,
          entityId: String(item.id),
          updatedAt: parseTimestamp(item.updated_at),
          account,
          snapshot: item
        })
      )

    /** Compares one listed entity with the state; what is new goes into the inbox as an event. */
    const compare = (entity: string, item: Entity): Effect.Effect<void> =>
      Effect.suspend(() => {
        const id = String(item.id)
        const updatedAt = parseTimestamp(item.updated_at)
        const known = inbox.state(source, entity, id)
        if (known === null) return Effect.asVoid(put(entity, "create", item))
        if (updatedAt !== null && known.updatedAt !== null && updatedAt < known.updatedAt) return Effect.void
        const moved = updatedAt !== null && (known.updatedAt === null || updatedAt > known.updatedAt)
        if (known.deleted && !moved) return Effect.void
        const differing = Object.keys(item).filter(
          (field) =>
            !notCompared.has(field) &&
            field in known.snapshot &&
            canonicalJson(item[field]) !== canonicalJson(known.snapshot[field])
        )
        // Fields that no push carries are new the first time they are seen; from then on they can differ.
        const unexplained = moved && updatedAt > (known.touchedAt ?? 0)
        const news =
          differing.length > 0 ||
          (unexplained && Object.keys(item).some((field) => !(field in known.snapshot) && !notCompared.has(field)))
        if (news) return Effect.asVoid(put(entity, "update", item))
        inbox.mergeState(source, entity, id, updatedAt, item)
        if (moved) options.onRefreshed?.(entity, id, updatedAt)
        return Effect.void
      })

    /** The stamp that a ticket had when its conversations were last read. */
    const readAt = new Map<string, number>()
    /**
     * A ticket's stamp moves with every reply, and only the last move shows: a lost reply can hide behind a later
     * change. So the conversations of every ticket that changed since the last sweep are read, once.
     */
    const readConversations = (ticket: Entity): Effect.Effect<void, FreshdeskError> =>
      Effect.suspend(() => {
        const id = String(ticket.id)
        const stamp = parseTimestamp(ticket.updated_at) ?? 0
        if (readAt.get(id) === stamp) return Effect.void
        return hydrator.conversations(id).pipe(
          Stream.runForEach((item) => compare("conversation", item)),
          Effect.tap(() => Effect.sync(() => readAt.set(id, stamp))),
          Effect.catchIf(
            (error) => error.reason === "notFound",
            () => Effect.void // deleted in the meantime
          )
        )
      })

    const sweepEntity = (entity: string): Effect.Effect<void, FreshdeskError> =>
      Effect.gen(function* () {
        const started = yield* Clock.currentTimeMillis
        const sweptTo = inbox.sweptTo(source, entity)
        const since =
          sweptTo !== null
            ? { updatedSince: toWholeSecondIso(sweptTo - Duration.toMillis(overlap)) }
            : entity === "ticket"
              ? { updatedSince: toWholeSecondIso(started - Duration.toMillis(firstReach)) }
              : {}
        // The first sweep fills the state; what did not change lately is not read in depth.
        const deepFrom = sweptTo === null ? started - Duration.toMillis(options.every) : 0
        // The provider's own stamps say how far a sweep came: a clock of ours that jumps or is wrong moves nothing.
        let newest = sweptTo ?? 0
        const seen = (item: Entity) => {
          newest = Math.max(newest, parseTimestamp(item.updated_at) ?? 0)
        }
        const take = (item: Entity) =>
          compare(entity, item).pipe(
            Effect.tap(() => Effect.sync(() => seen(item))),
            Effect.zipRight(
              entity === "ticket" && options.conversations && (parseTimestamp(item.updated_at) ?? 0) >= deepFrom
                ? readConversations(item)
                : Effect.void
            )
          )
        yield* sweeper.list(entity, since).pipe(Stream.runForEach(take))
        // The plain list hides what was marked as spam, and what was deleted.
        if (entity === "ticket" && sweptTo !== null) {
          yield* sweeper.list(entity, { ...since, filter: "spam" }).pipe(Stream.runForEach(take))
          yield* sweeper.list(entity, { ...since, filter: "deleted" }).pipe(
            Stream.runForEach((item) => {
              seen(item)
              const known = inbox.state(source, entity, String(item.id))
              const gone = known?.deleted === true ? Effect.void : put(entity, "delete", item)
              return options.conversations ? Effect.zipRight(gone, readConversations(item)) : gone
            })
          )
        }
        inbox.setSweptTo(source, entity, newest === 0 ? started : newest)
      })

    const report = (error: FreshdeskError) => options.onError?.(error) ?? Effect.logWarning(error.message)
    const sweep = Effect.forEach(options.entities, (entity) => Effect.catchAll(sweepEntity(entity), report), {
      discard: true
    })

    // The schedule keeps its beat however long a sweep takes.
    yield* Effect.gen(function* () {
      for (;;) {
        const began = yield* Clock.currentTimeMillis
        yield* sweep
        const rest = Duration.toMillis(options.every) - ((yield* Clock.currentTimeMillis) - began)
        yield* Effect.sleep(Duration.millis(Math.max(1_000, rest)))
      }
    }).pipe(Effect.forkScoped)

    return {
      tally,
      sweep,
      hydrate: (entity, entityId) =>
        hydrator.get(entity, entityId).pipe(
          Effect.catchIf(
            (error) => error.reason === "notFound",
            () => Effect.succeed(null)
          )
        )
    }
  })
