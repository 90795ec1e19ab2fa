/** Figures of the live page, as its script and `--json` get them. Reads only. */
import { existsSync } from "node:fs"
import { Effect } from "effect"
import { iso, isoOrNull } from "../../../domain/Figures.js"
import type { PollerAssessment } from "../../../domain/Poller.js"
import type { EpochMillis } from "../../../domain/Time.js"
import { emptyShareText } from "../../../report/index.js"
import { shadow } from "../../../shadow/index.js"
import { explain, type Overview, readOverview } from "../../../store/index.js"
import { watchedCalls } from "../../LookAgain.js"
import { leftOut } from "../../Migration.js"
import { analyseNewest } from "../../NewestCalls.js"
import { usualLook } from "../shadow/LiveComparison.js"
import type { WatchOptions } from "./WatchCommand.js"

export interface WatchedFigures {
  /** When they were read, ISO 8601. */
  readonly at: string
  /** `null` without a database. */
  readonly recording: {
    readonly calls: number
    readonly from: string | null
    readonly to: string | null
    /** Calls of the newest five minutes, by the minute. */
    readonly callsPerMinute: number
    readonly lost: number
    /** Processes that record now. */
    readonly running: number
    /** Hosts that were called and are not recorded. */
    readonly otherHosts: ReadonlyArray<{ readonly host: string; readonly calls: number }>
  } | null
  readonly pollers: ReadonlyArray<WatchedPoller>
  /** The pollers are those of the newest calls alone; `null` where all calls were read. */
  readonly ofNewestCalls: number | null
  readonly shadow: {
    readonly safe: boolean
    readonly pollers: ReadonlyArray<{
      readonly integration: string
      readonly endpoint: string
      readonly entity: string
      readonly changes: number
      readonly pushed: number
      readonly lost: number
      readonly verdict: string
      readonly why: string
    }>
    readonly alarms: ReadonlyArray<string>
  } | null
  /** `null` where no event has come and no receiver runs. */
  readonly receiver: {
    readonly running: boolean
    readonly events: number
    readonly lastAt: string | null
    readonly dead: number
    readonly waiting: number
    readonly failing: number
    readonly quarantined: number
    readonly refused: number
  } | null
}

interface WatchedPoller extends WatchedColumns {
  /** Share of the sweeps that found nothing new, in words. */
  readonly empty: string
}

type WatchedColumns = Pick<
  PollerAssessment,
  | "integration"
  | "account"
  | "endpoint"
  | "intervalSeconds"
  | "sweeps"
  | "emptySweeps"
  | "calls"
  | "freshnessSeconds"
  | "verdict"
>

export const figuresAt = (options: WatchOptions, now: EpochMillis) =>
  Effect.gen(function* () {
    const { config, db } = options
    const overview = existsSync(db)
      ? yield* Effect.try({ try: () => readOverview(db, now), catch: (error) => explain(error, db) })
      : null
    const found = overview === null || overview.calls === 0 ? nothingFound : yield* pollersOf(options)
    const seen = overview === null || overview.events.total === 0 ? null : yield* shadowOf(db, config)
    const figures: WatchedFigures = {
      at: iso(now),
      recording: overview === null ? null : recordingOf(overview),
      ...found,
      shadow:
        seen === null
          ? null
          : {
              safe: seen.safe,
              pollers: seen.pollers.map(({ changes, endpoint, entity, integration, lost, pushed, verdict, why }) => ({
                integration,
                endpoint,
                entity,
                changes,
                pushed,
                lost,
                verdict,
                why
              })),
              alarms: seen.alarms.map(({ message }) => message)
            },
      receiver: overview === null || !(overview.receiving || overview.events.total > 0) ? null : receiverOf(overview)
    }
    return figures
  })

/** `null` as well where the configuration cannot be read: a recording is shown without it. */
const shadowOf = (db: string, config: WatchOptions["config"]) =>
  usualLook({ db, config, choice: leftOut }).pipe(
    Effect.map((seen) => (seen === null ? null : shadow(seen.evidence, seen.settings))),
    Effect.catchTag("ConfigError", () => Effect.succeed(null))
  )

const recordingOf = ({ calls, from, lately, lost, otherHosts, recording, to }: Overview) => ({
  calls,
  from: isoOrNull(from),
  to: isoOrNull(to),
  callsPerMinute: Math.round((lately.calls * 600) / lately.seconds) / 10,
  lost,
  running: recording,
  otherHosts
})

const receiverOf = ({ events, inbox, receiving }: Overview) => ({
  running: receiving,
  events: events.total,
  lastAt: isoOrNull(events.lastAt),
  dead: events.dead,
  ...inbox
})

const nothingFound: Pick<WatchedFigures, "pollers" | "ofNewestCalls"> = { pollers: [], ofNewestCalls: null }

const pollersOf = (options: WatchOptions) =>
  analyseNewest(options, watchedCalls).pipe(
    Effect.map(({ analysis, cut }) => ({
      pollers: analysis.pollers.map((poller): WatchedPoller => {
        const { account, calls, emptySweeps, endpoint } = poller
        const { freshnessSeconds, integration, intervalSeconds, sweeps, verdict } = poller
        return {
          integration,
          account,
          endpoint,
          intervalSeconds,
          sweeps,
          emptySweeps,
          empty: emptyShareText(poller),
          calls,
          freshnessSeconds,
          verdict
        }
      }),
      ofNewestCalls: cut ? watchedCalls : null
    })),
    Effect.catchIf(
      (error) => "reason" in error && error.reason === "nothingRecorded",
      () => Effect.succeed(nothingFound)
    )
  )
