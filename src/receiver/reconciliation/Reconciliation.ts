/**
 * Reconciliation: a slow sweep per entity type that heals what pushes lost and brings what no event covers. It finds
 * differences between the provider's lists and the receiver's entity state, and puts them into the inbox as events of
 * origin `reconciliation`. The first sweep fills the state; a later start catches up from where the last one ended.
 */
import { HttpClient } from "@effect/platform"
import { Clock, Data, Duration, Effect, type Scope, Stream } from "effect"
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { eventName } from "../../domain/Event.js"
import { endOfSecond, readableWithinMs, shownUpTo, overlapMs as usualOverlapMs } from "../../domain/EventOrder.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import {
  type ClientOptions,
  type EntityReader,
  getOrNull,
  type Item,
  makeAccountLimiter,
  makeReader,
  type ProviderError
} from "../../providers/clients.js"
import { childrenOf, type Provider, rootsOf, walksEvery } from "../../providers/index.js"
import type { Receiver } from "../Receiver.js"

export interface ReconciliationOptions {
  readonly source: string
  readonly account: string
  readonly provider: Provider
  readonly client: ClientOptions
  readonly every: Duration.Duration
  /** How far before the newest stamp of the last sweep the next one reads; two minutes unless set. */
  readonly overlap?: Duration.Duration
  /**
   * How often ids are compared with the provider's, for deletions that no list of changes shows: a reading of the whole list. Never
   * unless set, where the provider's rule does not ask for it.
   */
  readonly deletionsEvery?: Duration.Duration
  /** Entity types to sweep: those whose pollers were replaced, dependants such as conversations included. */
  readonly entities: ReadonlyArray<string>
  /** Told when a sweep moved an entity's stamp in the state and nothing else of it, so that no event was made. */
  readonly onRefreshed?: (entity: string, entityId: string, updatedAt: EpochMillis) => void
  readonly onError?: (error: ProviderError | InboxUnavailable) => Effect.Effect<void>
}

/** What a sweep found cannot be written down now: it ends there, and the next one begins where this one did. */
export class InboxUnavailable extends Data.TaggedError("InboxUnavailable")<{ readonly message: string }> {}

type SweepError = ProviderError | InboxUnavailable

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
  readonly hydrate: (entity: string, entityId: string) => Effect.Effect<Item | null, ProviderError>
}

/** Items after which a long sweep writes down how far it has come. */
const noteEvery = 500

/** Fields that are computed or embedded, or that say nothing of a change of their own. */
const notCompared = new Set(["deleted", "description", "description_text", "stats", "requester", "company"])

const isNotFound = (error: SweepError): boolean => error._tag === "ProviderError" && error.reason === "notFound"

export const makeReconciliation = (
  receiver: Receiver,
  options: ReconciliationOptions
): Effect.Effect<Reconciliation, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { account, provider, source } = options
    const { inbox } = receiver
    const overlapMs = options.overlap === undefined ? usualOverlapMs : Duration.toMillis(options.overlap)
    const tally: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
    // Its own spans would hold addresses, queries and headers; the sweep's say enough.
    const http = HttpClient.withTracerDisabledWhen(yield* HttpClient.HttpClient, () => true)
    // Both clients call the one account: they share its limit.
    const limiter = options.client.limiter ?? makeAccountLimiter(null)
    const readerFor = (purpose: "reconciliation" | "hydration"): Effect.Effect<EntityReader> => {
      const count = (kind: "reconciliation" | "hydration" | "retry", by: number) => {
        tally[kind === "retry" ? "retries" : kind] += by
        if (by > 0) receiver.metrics.providerCalls.inc({ source, purpose: kind })
      }
      return makeReader(provider, {
        ...options.client,
        limiter,
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
    const sweeper = yield* readerFor("reconciliation")
    const hydrator = yield* readerFor("hydration")
    const wanted = new Set(options.entities)

    const idOf = (entity: string, item: Item): string => String(item[provider.entities[entity]?.idField ?? "id"])
    const stampOf = (entity: string, item: Item): EpochMillis | null =>
      parseTimestamp(item[provider.entities[entity]?.updatedAtField ?? "updated_at"])

    const unavailable = () =>
      new InboxUnavailable({ message: `the inbox cannot be written to: what ${source} changed is looked for again` })
    const written = <A>(write: () => Promise<A>): Effect.Effect<A, InboxUnavailable> =>
      Effect.tryPromise({ try: write, catch: unavailable })

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
          snapshot: found.item
        })
      ).pipe(
        Effect.filterOrFail((result) => result !== "unavailable", unavailable),
        Effect.asVoid
      )

    /** Compares one listed entity with the state; what is new goes into the inbox as an event. */
    const compare = (entity: string, item: Item, readAt: EpochMillis): Effect.Effect<void, InboxUnavailable> =>
      Effect.suspend(() => {
        const id = idOf(entity, item)
        const updatedAt = stampOf(entity, item)
        const known = inbox.state(source, entity, id)
        const shown = shownTo(updatedAt, readAt)
        const found = { entity, id, updatedAt, shownTo: shown, item }
        if (known === null) return put({ ...found, action: "create" })
        if (updatedAt !== null && known.updatedAt !== null && updatedAt < known.updatedAt) return Effect.void
        const moved = updatedAt !== null && (known.updatedAt === null || updatedAt > known.updatedAt)
        if (known.deleted && !moved) {
          // It was taken for gone, and a list shows it: it is back, unless the list is older than that.
          const back = shown !== null && item["deleted"] !== true
          return back ? put({ ...found, action: "update" }) : Effect.void
        }
        const stampField = provider.entities[entity]?.updatedAtField
        const compared = (field: string) => field !== stampField && !notCompared.has(field)
        const differing = Object.keys(item).filter(
          (field) =>
            compared(field) &&
            field in known.snapshot &&
            canonicalJson(item[field]) !== canonicalJson(known.snapshot[field])
        )
        // Fields that no push carries are new the first time they are seen; from then on they can differ.
        const unexplained = moved && updatedAt > (known.touchedAt ?? 0)
        const news =
          differing.length > 0 ||
          (unexplained && Object.keys(item).some((field) => !(field in known.snapshot) && compared(field)))
        if (news) return put({ ...found, action: "update" })
        const told = Object.keys(item).every(
          (field) => field in known.snapshot && canonicalJson(item[field]) === canonicalJson(known.snapshot[field])
        )
        // That a whole second was read is noted once: what is pushed of it from now on is late.
        if (told && !moved && (shown === null || known.occurredAt !== null)) return Effect.void
        const upTo = moved ? shown : (known.occurredAt ?? shown)
        return Effect.map(
          written(() => receiver.note("mergeState", source, entity, id, updatedAt, item, known, upTo)),
          () => {
            if (moved) options.onRefreshed?.(entity, id, updatedAt)
          }
        )
      })

    /** The stamp that a parent had when its dependants were last read. */
    const childrenReadAt = new Map<string, number>()
    /**
     * Where a parent's stamp moves with its dependants, only the last move shows: a lost reply can hide behind a later
     * change. So the dependants of every parent that changed since the last sweep are read, once. Where nothing shows
     * which parents have news, those of all are, every so many sweeps.
     */
    const readChildren = (
      entity: string,
      item: Item,
      walking: boolean,
      readAt: EpochMillis
    ): Effect.Effect<void, SweepError> =>
      Effect.forEach(
        childrenOf(provider, entity).filter(
          (child) => wanted.has(child) || childrenOf(provider, child).some((next) => wanted.has(next))
        ),
        (child) => {
          const all = provider.sweeps[child]!.parent!.which === "all"
          const id = idOf(entity, item)
          const stamp = stampOf(entity, item) ?? 0
          if (all ? !walking : childrenReadAt.get(`${child} ${id}`) === stamp) return Effect.void
          return (all ? sweeper : hydrator).children(child, id).pipe(
            Stream.runForEach((dependant) =>
              Effect.zipRight(
                wanted.has(child) ? compare(child, dependant, readAt) : Effect.void,
                readChildren(child, dependant, walking, readAt)
              )
            ),
            // A reply may be readable later than its ticket: what was read too early is read once more.
            Effect.tap(() =>
              Effect.sync(() =>
                all || readAt - stamp < readableWithinMs ? undefined : childrenReadAt.set(`${child} ${id}`, stamp)
              )
            ),
            Effect.catchIf(
              isNotFound,
              () => Effect.void // deleted in the meantime
            )
          )
        },
        { discard: true }
      )

    /** What a whole list does not have any more, although the state does, is gone if the API says so. */
    const findGone = (
      entity: string,
      listed: ReadonlySet<string>,
      readAt: EpochMillis
    ): Effect.Effect<void, SweepError> =>
      Effect.forEach(
        // What was pushed just now may be readable later: the next comparison tells.
        inbox
          .states(source, entity)
          .filter(
            ({ deleted, entityId, updatedAt }) =>
              !deleted && !listed.has(entityId) && readAt - (updatedAt ?? 0) >= readableWithinMs
          ),
        ({ entityId, updatedAt }) =>
          sweeper.get(entity, entityId).pipe(
            Effect.flatMap((item) => compare(entity, item, readAt)),
            Effect.catchIf(isNotFound, () =>
              // Nobody says when: it has the stamp that it had, and comes after all that shares it.
              put({
                entity,
                action: "delete",
                id: entityId,
                updatedAt: updatedAt ?? readAt,
                shownTo: endOfSecond(updatedAt ?? readAt),
                item: null
              })
            )
          ),
        { discard: true }
      )

    const sweepEntity = (entity: string): Effect.Effect<void, SweepError> =>
      Effect.withSpan(sweptEntity(entity), "hookshift.sweep", { kind: "client", attributes: { source, entity } })

    const sweptEntity = (entity: string): Effect.Effect<void, SweepError> =>
      Effect.gen(function* () {
        const rule = provider.sweeps[entity]!
        const started = yield* Clock.currentTimeMillis
        const sweptTo = inbox.sweptTo(source, entity)
        const nth = inbox.sweepsOf(source, entity)
        const beneath = [...wanted].filter((name) => rootsOf(provider, [name])[0] === entity)
        const walks = walksEvery(provider, beneath)
        const walking = walks !== null && nth % walks === 0
        const dueForDeletions =
          options.deletionsEvery !== undefined &&
          wanted.has(entity) &&
          rule.by !== "children" &&
          started - (inbox.comparedAt(source, entity) ?? 0) >= Duration.toMillis(options.deletionsEvery)
        const whole =
          sweptTo === null || walking || dueForDeletions || (rule.wholeEvery !== null && nth % rule.wholeEvery === 0)
        const resumed = inbox.resumeFrom(source, entity)
        // A list by time that is to be whole is asked for from the beginning of time: without a time it may be a part.
        const fromStart = dueForDeletions && rule.by === "timeFilter" ? 0 : null
        const since = !whole && sweptTo !== null ? sweptTo - overlapMs : fromStart
        const from = resumed !== null && !dueForDeletions && rule.by === "timeFilter" ? resumed - overlapMs : since
        // The first sweep fills the state; what did not change lately is not read in depth.
        const deepFrom = sweptTo === null ? started - Duration.toMillis(options.every) : sweptTo - overlapMs
        // The provider's own stamps say how far a sweep came: a clock of ours that jumps or is wrong moves nothing.
        let newest = sweptTo ?? 0
        const listed = new Set<string>()
        // As long as the list comes oldest change first, what is older than the last item is known when a sweep is cut off.
        let ascending = rule.by === "timeFilter"
        let last = 0
        const seen = (item: Item) => {
          const stamp = stampOf(entity, item) ?? 0
          ascending &&= stamp >= last
          last = stamp
          newest = Math.max(newest, stamp)
          listed.add(idOf(entity, item))
        }
        const noteProgress = Effect.suspend(() =>
          ascending && last > 0 && listed.size % noteEvery === 0
            ? Effect.asVoid(written(() => receiver.note("setResumeFrom", source, entity, last)))
            : Effect.void
        )
        const take = (item: Item) =>
          Effect.sync(() => seen(item)).pipe(
            Effect.zipRight(wanted.has(entity) ? compare(entity, item, started) : Effect.void),
            Effect.zipRight(
              walking || (stampOf(entity, item) ?? 0) >= deepFrom
                ? readChildren(entity, item, walking, started)
                : Effect.void
            )
          )
        yield* sweeper
          .changed(entity, from)
          .pipe(Stream.runForEach((item) => Effect.zipRight(take(item), noteProgress)))
        // The plain list hides what was marked as spam, and what was deleted.
        if (sweptTo !== null) {
          const hiddenSince = sweptTo - overlapMs
          if (rule.hidden.includes("spam"))
            yield* sweeper.changed(entity, hiddenSince, "spam").pipe(Stream.runForEach(take))
          if (rule.hidden.includes("deleted"))
            yield* sweeper.changed(entity, hiddenSince, "deleted").pipe(
              Stream.runForEach((item) => {
                seen(item)
                const id = idOf(entity, item)
                const known = inbox.state(source, entity, id)
                const gone =
                  known?.deleted === true || !wanted.has(entity)
                    ? Effect.void
                    : put({
                        entity,
                        action: "delete",
                        id,
                        updatedAt: stampOf(entity, item),
                        shownTo: shownTo(stampOf(entity, item), started),
                        item
                      })
                return Effect.zipRight(gone, readChildren(entity, item, walking, started))
              })
            )
        }
        const comparable = dueForDeletions || (whole && rule.wholeEvery !== null)
        if (comparable && sweptTo !== null && wanted.has(entity)) {
          yield* findGone(entity, listed, started)
          yield* written(() => receiver.note("setComparedAt", source, entity, started))
        }
        yield* written(() => receiver.note("setSweptTo", source, entity, newest === 0 ? started : newest))
      })

    const report = (error: SweepError) => options.onError?.(error) ?? Effect.logWarning(error.message)
    const sweep = Effect.forEach(rootsOf(provider, options.entities), (entity) =>
      Effect.catchAll(Effect.as(sweepEntity(entity), true), (error) => Effect.as(report(error), false))
    ).pipe(
      Effect.flatMap((ended) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          if (ended.every(Boolean)) receiver.metrics.lastSweep.set({ source }, now / 1000)
        })
      )
    )

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
        Effect.withSpan(getOrNull(hydrator, entity, entityId), "hookshift.hydration", {
          kind: "client",
          attributes: { source, entity }
        })
    }
  })
