/**
 * Reconciliation: slow sweeps that heal what pushes lost and bring what no event covers. They find differences between the
 * provider's lists and the receiver's entity state, and put them into the inbox as events of origin `reconciliation`. The
 * first sweep fills the state with the past and hands nothing of it over; a later start catches up from where the last one ended.
 */
import { HttpClient } from "@effect/platform"
import { Clock, Data, Duration, Effect, type Scope } from "effect"
import type { EpochMillis } from "../../domain/Time.js"
import { type Policy, policy, restMs, overlapMs as usualOverlapMs } from "../../policy/index.js"
import {
  type ClientOptions,
  type EntityReader,
  getOrNull,
  type Item,
  makeAccountLimiter,
  makeReader,
  type ProviderError,
  type Unreadable
} from "../../providers/clients.js"
import { type OwnIntervals, type Provider, sweepSchedule } from "../../providers/index.js"
import type { Receiver } from "../Receiver.js"
import { makeBeginnings } from "./Beginnings.js"
import { type InboxUnavailable, makeFindings } from "./Findings.js"
import { makeSweep } from "./Sweep.js"
import type { SweepError } from "./SweepParts.js"
import { makeUnreads, type Skipped } from "./Unread.js"

export { InboxUnavailable } from "./Findings.js"
export type { Skipped } from "./Unread.js"

export interface ReconciliationOptions {
  readonly source: string
  readonly account: string
  readonly provider: Provider
  readonly client: ClientOptions
  readonly every: Duration.Duration
  /** By entity type, in milliseconds: those that are swept more or less often than the others. */
  readonly own?: OwnIntervals
  /** How far before the newest stamp of the last sweep the next one reads; two minutes unless set. */
  readonly overlap?: Duration.Duration
  /**
   * How often ids are compared with the provider's, for deletions that no list of changes shows: a reading of the whole list. Never
   * unless set, where the provider's rule does not ask for it.
   */
  readonly deletionsEvery?: Duration.Duration
  /** Entity types to sweep: those whose pollers were replaced, dependants such as conversations included. */
  readonly entities: ReadonlyArray<string>
  /** A first sweep hands over what it finds, however old it is. */
  readonly backfill?: boolean
  /** @internal */
  readonly policy?: Policy
  /** Told when a sweep moved an entity's stamp in the state and nothing else of it, so that no event was made. */
  readonly onRefreshed?: (entity: string, entityId: string, updatedAt: EpochMillis) => void
  readonly onError?: (error: ProviderError | InboxUnavailable | SweepFault) => Effect.Effect<void>
  /** Something could not be read, and the sweep went on behind it. */
  readonly onSkipped?: (skipped: Skipped) => Effect.Effect<void>
}

/** A sweep met something that this program was not made for. */
export class SweepFault extends Data.TaggedError("SweepFault")<{ readonly message: string }> {}

/** The metric's words. */
const failureReasons = { ProviderError: "provider", InboxUnavailable: "inbox", SweepFault: "unexpected" } as const

const nameOf = (fault: unknown): string => (fault instanceof Error ? fault.name : "Error")

/** A caller's own function: a throw in it is logged, and ends neither a sweep nor the reconciliation. */
const guarded = (name: string, call: () => Effect.Effect<void>, otherwise = Effect.void): Effect.Effect<void> =>
  Effect.suspend(call).pipe(
    Effect.catchAllDefect((fault) =>
      Effect.zipRight(
        otherwise,
        Effect.logError(`${name} of the reconciliation threw (${nameOf(fault)}): mend it there`)
      )
    )
  )

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

/** A timer may ring so much before its time. */
const earlyMs = 50

export const makeReconciliation = (
  receiver: Receiver,
  options: ReconciliationOptions
): Effect.Effect<Reconciliation, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { account, provider, source } = options
    const { inbox, metrics } = receiver
    const everyMs = Duration.toMillis(options.every)
    const overlapMs = options.overlap === undefined ? usualOverlapMs : Duration.toMillis(options.overlap)
    const roots = sweepSchedule(provider, options.entities, everyMs, options.own)
    const tally: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }

    const onSkipped = (skipped: Skipped) => {
      metrics.passedBy.inc({ source, entity: skipped.entity, fate: skipped.fate })
      return guarded("onSkipped", () => options.onSkipped?.(skipped) ?? Effect.void)
    }
    const beginnings = yield* makeBeginnings({
      source,
      inbox,
      overlapMs,
      backfill: options.backfill ?? false,
      write: (entity, at) => findings.note("setBeganAt", source, entity, at)
    })
    const findings = makeFindings(receiver, {
      source,
      account,
      provider,
      beganAt: beginnings.of,
      onUnreadable: (entity, reason) => onSkipped({ entity, fate: "later", status: null, unexpected: reason }),
      ...(options.onRefreshed === undefined ? {} : { onRefreshed: options.onRefreshed })
    })
    const unreads = makeUnreads({
      source,
      inbox,
      everyMs,
      set: (unread) => findings.note("setUnread", source, unread),
      clear: (thing) => findings.note("clearUnread", source, thing),
      onSkipped
    })

    // Its own spans would hold addresses, queries and headers; the sweep's say enough.
    const http = HttpClient.tap(
      HttpClient.withTracerDisabledWhen(yield* HttpClient.HttpClient, () => true),
      ({ headers }) => Effect.map(Clock.currentTimeMillis, (now) => beginnings.noteDate(headers["date"], now))
    )
    // Both clients call the one account: they share its limit.
    const limiter = options.client.limiter ?? makeAccountLimiter(null)
    let unreadable: Array<Unreadable> = []
    const readerFor = (purpose: "reconciliation" | "hydration"): Effect.Effect<EntityReader> => {
      const count = (kind: "reconciliation" | "hydration" | "retry", by: number) => {
        tally[kind === "retry" ? "retries" : kind] += by
        if (by > 0) metrics.providerCalls.inc({ source, purpose: kind })
      }
      return makeReader(provider, {
        ...options.client,
        limiter,
        onUnreadable: (item) => Effect.sync(() => void unreadable.push(item)),
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
    const hydrator = yield* readerFor("hydration")
    const hasItems = (entity: string): boolean =>
      provider.endpoints.some((endpoint) => endpoint.kind === "item" && endpoint.entity === entity)
    const sweepOf = makeSweep({
      source,
      provider,
      inbox,
      policy: options.policy ?? policy,
      findings,
      beginnings,
      unreads,
      sweeper: yield* readerFor("reconciliation"),
      hydrator,
      overlapMs,
      deletionsEvery: options.deletionsEvery,
      unreadable: (root) =>
        Effect.suspend(() => {
          const found = unreadable
          unreadable = []
          return Effect.forEach(
            found,
            ({ entity, id, message }) =>
              Effect.zipRight(
                onSkipped({ entity: entity ?? root, fate: "later", status: null, unexpected: message }),
                entity === null || id === null || !hasItems(entity)
                  ? Effect.void
                  : unreads.putOff({ entity, entityId: id, children: "" })
              ),
            { discard: true }
          )
        })
    })

    const report = (error: SweepError | SweepFault) =>
      Effect.suspend(() => {
        metrics.sweepFailures.inc({ source, reason: failureReasons[error._tag] })
        const log = Effect.logWarning(error.message)
        return options.onError === undefined ? log : guarded("onError", () => options.onError!(error), log)
      })
    const sweepAll = (which: typeof roots) =>
      Effect.forEach(which, (root) =>
        Effect.withSpan(sweepOf(root), "hookshift.sweep", {
          kind: "client",
          attributes: { source, entity: root.root }
        }).pipe(
          Effect.as(true),
          // A fault of this program ends the sweep, never the reconciliation.
          Effect.catchAllDefect((fault) =>
            Effect.fail(
              new SweepFault({
                message: `the sweep of ${root.root} ended by a fault of hookshift (${nameOf(fault)}): it is made again at its next time`
              })
            )
          ),
          Effect.catchAll((error) => Effect.as(report(error), false))
        )
      ).pipe(
        Effect.flatMap((ended) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            if (ended.every(Boolean)) metrics.lastSweep.set({ source }, now / 1000)
          })
        )
      )

    // Each list keeps its own beat, however long a sweep takes.
    yield* Effect.gen(function* () {
      const due = new Map(roots.map(({ root }) => [root, 0]))
      for (;;) {
        const began = yield* Clock.currentTimeMillis
        const now = roots.filter(({ root }) => due.get(root)! <= began + earlyMs)
        if (now.length > 0) yield* sweepAll(now)
        for (const { every, root } of now) due.set(root, began + every)
        const rest = restMs(Math.min(...due.values()), yield* Clock.currentTimeMillis)
        yield* Effect.sleep(Duration.millis(rest))
      }
    }).pipe(
      Effect.when(() => roots.length > 0),
      Effect.forkScoped
    )

    return {
      tally,
      sweep: sweepAll(roots),
      hydrate: (entity, entityId) =>
        Effect.withSpan(getOrNull(hydrator, entity, entityId), "hookshift.hydration", {
          kind: "client",
          attributes: { source, entity }
        })
    }
  })
