/** The inbox as its commands use it, also beside a running receiver: one read, or many rows in slices. */
import { Effect, Option, Schedule } from "effect"
import { type ConfigError, loadConfig } from "../../../config/service.js"
import type { Inbox, InboxFilter } from "../../../receiver/index.js"
import { explain, type StoreError } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { keeping } from "../../Interruption.js"
import { openedInbox, withInbox } from "../../OpenInbox.js"
import { windowOf } from "../../OptionValues.js"
import type { InboxRetryOptions } from "./InboxCommand.js"

interface Place {
  readonly db: string
  readonly config: Option.Option<string>
}

export const configOf = ({ config }: Place) => loadConfig(Option.getOrUndefined(config))

export const inInbox = <A>(place: Place, use: (inbox: Inbox) => A): Effect.Effect<A, StoreError | ConfigError> =>
  Effect.flatMap(configOf(place), (config) => withInbox(place.db, config, use))

export const noDelivery = (id: number): UsageError =>
  new UsageError({ message: `there is no delivery ${id}: hookshift inbox list shows their ids` })

/** Pause between two slices, for the running receiver's writes. */
const breath = "5 millis"

interface Slice {
  readonly count: number
  /** Where the next slice begins; `null` at the end. */
  readonly next: number | null
}

/** Work on many rows, a slice at a time, with the write lock free in between; returns the number of rows. */
export const inSlices = (
  place: Place,
  work: (inbox: Inbox, after: number) => Slice
): Effect.Effect<number, StoreError | ConfigError> =>
  Effect.scoped(
    Effect.flatMap(
      Effect.flatMap(configOf(place), (config) => openedInbox(place.db, config)),
      (inbox) =>
        Effect.gen(function* () {
          let count = 0
          for (let after: number | null = 0; after !== null; ) {
            const from: number = after
            const slice: Slice = yield* Effect.try({
              try: () => work(inbox, from),
              catch: (error) => explain(error, place.db)
            }).pipe(
              Effect.retry({
                times: 40,
                schedule: Schedule.spaced("250 millis"),
                while: (error) => error.reason === "locked"
              })
            )
            count += slice.count
            after = slice.next
            if (slice.count > 0) yield* Effect.sleep(breath)
          }
          return count
        })
    )
  ).pipe(keeping("the deliveries that were reached so far stay as they are now: run it again for the rest"))

export const filterOf = (options: Omit<InboxRetryOptions, "id" | "all">): Effect.Effect<InboxFilter, UsageError> =>
  Effect.gen(function* () {
    const { from, to } = yield* windowOf(options)
    const texts = Object.fromEntries(
      (["source", "entity", "entityId", "event"] as const).flatMap((name) =>
        Option.isSome(options[name]) ? [[name, options[name].value]] : []
      )
    )
    return { ...texts, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) }
  })
