/** The provider's clients that sweeps and hydration read by: one account limit, calls counted by purpose. */
import { HttpClient } from "@effect/platform"
import { Clock, Effect } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import {
  type ClientOptions,
  type EntityReader,
  makeAccountLimiter,
  makeReader,
  type Unreadable
} from "../providers/clients.js"
import type { Provider } from "../providers/index.js"
import type { ReconciliationCounters } from "./ReconciliationPort.js"

/** Calls that went out, by purpose; a repeated call counts as a retry only. */
export interface CallTally {
  reconciliation: number
  hydration: number
  retries: number
}

export interface CountedReaders {
  readonly tally: Readonly<CallTally>
  /** Its calls count as reconciliation. */
  readonly sweeper: EntityReader
  /** Its calls count as hydration: dependants that the events of changed parents lack. */
  readonly hydrator: EntityReader
  /** List items in an unknown shape since the last call. */
  readonly takeUnreadable: () => ReadonlyArray<Unreadable>
}

export const makeCountedReaders = (options: {
  readonly source: string
  readonly provider: Provider
  readonly client: ClientOptions
  readonly counters: ReconciliationCounters
  /** The `Date` header of an answer, and when it came. */
  readonly onDate: (date: string | undefined, now: EpochMillis) => void
}): Effect.Effect<CountedReaders, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { client, counters, onDate, provider, source } = options
    const tally: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
    let unreadable: Array<Unreadable> = []
    // The client's own spans would hold addresses, queries and headers; the sweep's span says enough.
    const http = HttpClient.tap(
      HttpClient.withTracerDisabledWhen(yield* HttpClient.HttpClient, () => true),
      ({ headers }) => Effect.map(Clock.currentTimeMillis, (now) => onDate(headers["date"], now))
    )
    // Both readers call one account: they share its limit.
    const limiter = client.limiter ?? makeAccountLimiter(null)
    const count = (kind: "reconciliation" | "hydration" | "retry", by: number): void => {
      tally[kind === "retry" ? "retries" : kind] += by
      if (by > 0) counters.called(source, kind)
    }
    const readerFor = (purpose: "reconciliation" | "hydration"): Effect.Effect<EntityReader> =>
      makeReader(provider, {
        ...client,
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
    return {
      tally,
      hydrator: yield* readerFor("hydration"),
      sweeper: yield* readerFor("reconciliation"),
      takeUnreadable: () => {
        const found = unreadable
        unreadable = []
        return found
      }
    }
  })
