/**
 * Reconciliation: slow sweeps that heal lost pushes and bring changes that no event covers. They diff the provider's
 * lists against the known entity states, and put each difference into the inbox as an event of origin
 * `reconciliation`. The first sweep fills the states with the past and hands nothing of it over; a later start
 * catches up from where the last one ended.
 */
import type { HttpClient } from "@effect/platform"
import { Duration, Effect, type Scope } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import { policy as ownPolicy, type Policy, overlapMs as usualOverlapMs } from "../policy/index.js"
import { type ClientOptions, getOrNull, type Item, type ProviderError } from "../providers/clients.js"
import { type OwnIntervals, type Provider, sweepSchedule } from "../providers/index.js"
import { guarded } from "./CallerFunction.js"
import { type CallTally, makeCountedReaders } from "./CountedReaders.js"
import { makeDeferredReads, type Skipped } from "./DeferredReads.js"
import { makeFindings } from "./Findings.js"
import type { InboxUnavailable } from "./FindingWriter.js"
import type { ReconciliationPort } from "./ReconciliationPort.js"
import { makeSweep } from "./Sweep.js"
import { makeSweepRunner, type SweepFault } from "./SweepRunner.js"
import { makeWatchStarts } from "./WatchStarts.js"

export interface ReconciliationOptions {
  readonly source: string
  readonly account: string
  readonly provider: Provider
  readonly client: ClientOptions
  readonly every: Duration.Duration
  /** By entity type, in milliseconds: those that are swept more or less often than the others. */
  readonly own?: OwnIntervals
  /**
   * Dependants whose creations and updates the routes push. Where their own interval is longer than their list's, they
   * are read in between as well, beneath parents whose stamp no push explains.
   */
  readonly told?: ReadonlyArray<string>
  /** Span by which a sweep reads again behind the last one's newest stamp; default `overlapMs` of the policy. */
  readonly overlap?: Duration.Duration
  /**
   * How often ids are compared with the provider's, for deletions that no list of changes shows: a reading of the
   * whole list. Never unless set, where the provider's rule does not ask for it.
   */
  readonly deletionsEvery?: Duration.Duration
  /** Entity types to sweep: those whose pollers were replaced, dependants such as conversations included. */
  readonly entities: ReadonlyArray<string>
  /** A first sweep hands over all entities it finds, however old they are. */
  readonly backfill?: boolean
  /** @internal */
  readonly policy?: Policy
  /** Told when a sweep moved an entity's stamp in the state and nothing else of it, so that no event was made. */
  readonly onRefreshed?: (entity: string, entityId: string, updatedAt: EpochMillis) => void
  readonly onError?: (error: ProviderError | InboxUnavailable | SweepFault) => Effect.Effect<void>
  /** A read failed, and the sweep went on behind it. */
  readonly onSkipped?: (skipped: Skipped) => Effect.Effect<void>
}

export interface Reconciliation {
  readonly tally: Readonly<CallTally>
  /** Makes a sweep now, over all entity types. */
  readonly sweep: Effect.Effect<void>
  readonly hydrate: (entity: string, entityId: string) => Effect.Effect<Item | null, ProviderError>
}

/** Sweeps until the scope closes. */
export const makeReconciliation = (
  port: ReconciliationPort,
  options: ReconciliationOptions
): Effect.Effect<Reconciliation, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { account, onRefreshed, policy = ownPolicy, provider, source } = options
    const everyMs = Duration.toMillis(options.every)
    const overlapMs = options.overlap === undefined ? usualOverlapMs : Duration.toMillis(options.overlap)

    const onSkipped = (skipped: Skipped) => {
      port.counters.passedBy(source, skipped.entity, skipped.fate)
      return guarded("onSkipped", () => options.onSkipped?.(skipped) ?? Effect.void)
    }
    const watchStarts = yield* makeWatchStarts({
      source,
      port,
      overlapMs,
      backfill: options.backfill ?? false,
      write: (entity, at) => findings.note("setBeganAt", source, entity, at)
    })
    const findings = makeFindings(port, {
      source,
      account,
      provider,
      policy,
      beganAt: watchStarts.of,
      onUnreadable: (entity, reason) => onSkipped({ entity, fate: "later", status: null, unexpected: reason }),
      ...(onRefreshed === undefined ? {} : { onRefreshed })
    })
    const deferredReads = makeDeferredReads({
      source,
      port,
      everyMs,
      set: (read) => findings.note("setUnread", source, read),
      clear: (target) => findings.note("clearUnread", source, target),
      onSkipped
    })
    const readers = yield* makeCountedReaders({
      source,
      provider,
      client: options.client,
      counters: port.counters,
      onDate: watchStarts.noteDate
    })
    const { hydrator, sweeper } = readers
    const runner = makeSweepRunner({
      source,
      roots: sweepSchedule(provider, options.entities, everyMs, options.own),
      sweepOf: makeSweep({
        source,
        provider,
        port,
        policy,
        findings,
        watchStarts,
        deferredReads,
        sweeper,
        hydrator,
        takeUnreadable: readers.takeUnreadable,
        told: new Set(options.told),
        overlapMs,
        deletionsEvery: options.deletionsEvery
      }),
      counters: port.counters,
      outages: port,
      onError: options.onError
    })
    yield* Effect.forkScoped(runner.run)

    return {
      tally: readers.tally,
      sweep: runner.sweep,
      hydrate: (entity, entityId) =>
        Effect.withSpan(getOrNull(hydrator, entity, entityId), "hookshift.hydration", {
          kind: "client",
          attributes: { source, entity }
        })
    }
  })
