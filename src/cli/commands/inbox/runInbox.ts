/** Lists, retries, purges, exports and rekeys the inbox's deliveries, also beside a running receiver. */
import { Clock, Effect, Option, Schedule } from "effect"
import { type ConfigError, inboxKeyOf, loadConfig } from "../../../config/service.js"
import { type Inbox, type InboxFilter, rekeyInbox } from "../../../receiver/index.js"
import { explain, type StoreError, writePrivately } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { openedInbox, withInbox } from "../../OpenInbox.js"
import { momentOf, secondsOf } from "../../OptionValues.js"
import { columns, note, print, printJson } from "../../Output.js"
import type {
  InboxHistoryOptions,
  InboxListOptions,
  InboxPurgeOptions,
  InboxRekeyOptions,
  InboxRetryOptions,
  InboxShowOptions
} from "./InboxCommand.js"

interface Place {
  readonly db: string
  readonly config: Option.Option<string>
}

const configOf = ({ config }: Place) => loadConfig(Option.getOrUndefined(config))

const inInbox = <A>(place: Place, use: (inbox: Inbox) => A): Effect.Effect<A, StoreError | ConfigError> =>
  Effect.flatMap(configOf(place), (config) => withInbox(place.db, config, use))

/** Pause between two slices, for the running receiver's writes. */
const breath = "5 millis"

interface Slice {
  readonly count: number
  /** Where the next slice begins; `null` at the end. */
  readonly next: number | null
}

/** Work on many rows, a slice at a time, with the write lock free in between; returns the number of rows. */
const inSlices = (
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
  )

const filterOf = (options: Omit<InboxRetryOptions, "id" | "all">): Effect.Effect<InboxFilter, UsageError> =>
  Effect.gen(function* () {
    const from = yield* momentOf("from", options.from)
    const to = yield* momentOf("to", options.to)
    const texts = Object.fromEntries(
      (["source", "entity", "entityId", "event"] as const).flatMap((name) =>
        Option.isSome(options[name]) ? [[name, options[name].value]] : []
      )
    )
    return { ...texts, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) }
  })

export const runInboxList = (options: InboxListOptions) =>
  Effect.gen(function* () {
    if (options.limit < 1) return yield* new UsageError({ message: "--limit takes a number from 1 on" })
    const filter = {
      ...(yield* filterOf(options)),
      ...(Option.isSome(options.state) ? { state: options.state.value } : {})
    }
    let damaged = 0
    const lines = yield* inInbox(options, (inbox) =>
      inbox.list(options.limit, filter, () => {
        damaged += 1
      })
    )
    if (damaged > 0)
      yield* note(
        `${damaged} ${damaged === 1 ? "row lies" : "rows lie"} in damaged pages of ${options.db} and ${damaged === 1 ? "is" : "are"} left out: run hookshift db check`
      )
    if (options.json) return yield* printJson(lines)
    if (lines.length === 0)
      return yield* print(Object.keys(filter).length === 0 ? "the inbox is empty" : "the inbox has no such delivery")
    yield* print(
      columns(
        ["id", "received", "source", "origin", "event", "entity", "state", "duplicates"],
        lines.map((line) => [
          String(line.id),
          line.receivedAt,
          line.source,
          line.origin,
          line.event ?? "not understood",
          line.entityId === null ? "" : `${line.entity} ${line.entityId}`,
          line.state,
          String(line.duplicates)
        ]),
        new Set([0, 7])
      )
    )
  })

export const runInboxShow = (options: InboxShowOptions) =>
  Effect.gen(function* () {
    const found = yield* inInbox(options, (inbox) => inbox.show(options.id))
    if (found === null)
      return yield* new UsageError({
        message: `there is no delivery ${options.id}: hookshift inbox list shows their ids`
      })
    if (options.json) return yield* printJson(found)
    const { body, ...line } = found
    yield* print(
      `${Object.entries(line)
        .map(([name, value]) => `${name.padEnd(12)} ${value ?? ""}`.trimEnd())
        .join("\n")}\n\n${body ?? `(${line.unreadable})`}`
    )
  })

export const runInboxRetry = (options: InboxRetryOptions) =>
  Effect.gen(function* () {
    const filter = yield* filterOf(options)
    const filtered = Object.keys(filter).length > 0
    if (Option.isSome(options.id) === options.all || (filtered && !options.all))
      return yield* new UsageError({
        message:
          "inbox retry takes the id of a delivery, or --all with filters if only some are meant: hookshift inbox retry 42"
      })
    if (Option.isNone(options.id)) {
      const retried = yield* inSlices(options, (inbox, after) => inbox.retrySlice(filter, after))
      return yield* options.json
        ? printJson({ retried })
        : print(
            retried === 0
              ? `no delivery is dead${filtered ? " among those that match the filters" : ""}: there is nothing to retry`
              : `${retried} ${retried === 1 ? "delivery" : "deliveries"} will be handed over again by the running receiver, or the next one`
          )
    }
    const id = options.id.value
    const revived = yield* inInbox(options, (inbox) => inbox.retry(id))
    if (!revived)
      return yield* new UsageError({
        message: `delivery ${id} is not dead: only dead deliveries can be retried`
      })
    yield* options.json
      ? printJson({ id, state: "stored" })
      : print(`delivery ${id} will be handed over again by the running receiver, or the next one`)
  })

export const runInboxPurge = (options: InboxPurgeOptions) =>
  Effect.gen(function* () {
    const seconds = yield* secondsOf("older-than", options.olderThan)
    const filter: InboxFilter = {
      state: options.state,
      to: (yield* Clock.currentTimeMillis) - seconds * 1000,
      ...(Option.isSome(options.source) ? { source: options.source.value } : {})
    }
    const purged = options.dryRun
      ? yield* inInbox(options, (inbox) => inbox.countOf(filter))
      : yield* inSlices(options, (inbox, after) => inbox.purgeSlice(filter, after))
    yield* options.json
      ? printJson({ state: options.state, purged: options.dryRun ? 0 : purged, matching: purged })
      : print(
          options.dryRun
            ? `${purged} ${options.state} ${purged === 1 ? "delivery" : "deliveries"} would go`
            : `${purged} ${options.state} ${purged === 1 ? "delivery is" : "deliveries are"} gone${purged > 0 ? "; hookshift db vacuum gives the room back to the disk" : ""}`
        )
  })

export const runInboxHistory = (options: InboxHistoryOptions) =>
  Effect.gen(function* () {
    const lines = yield* inInbox(options, (inbox) => [...inbox.history()])
    yield* Effect.try({
      try: () => writePrivately(options.file, lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
      catch: (error) =>
        new UsageError({
          message: `${options.file} cannot be written to (${(error as NodeJS.ErrnoException).code}): name a file in a folder that is there`
        })
    })
    yield* options.json
      ? printJson({ file: options.file, lines: lines.length })
      : print(`${lines.length} lines in ${options.file}: check them with hookshift verify-history ${options.file}`)
  })

export const runInboxRekey = (options: InboxRekeyOptions) =>
  Effect.gen(function* () {
    const key = yield* Effect.flatMap(configOf(options), inboxKeyOf)
    const done = yield* Effect.tryPromise({
      try: () => rekeyInbox(options.db, { giveUpLost: options.giveUpLost, key }),
      catch: (error) => explain(error, options.db)
    })
    if (options.json) return yield* printJson(done)
    const kept =
      key !== undefined
        ? "; the previous key can be removed from its setting once no backup needs it"
        : done.keptIn.length === 0
          ? ""
          : `; the previous key is in ${done.keptIn.join(", ")}: backups made until now need it`
    yield* print(
      `${done.bodies} ${done.bodies === 1 ? "body is" : "bodies are"} sealed anew with the key ${done.key}${kept}`
    )
    if (done.lost > 0)
      yield* print(
        `${done.lost} ${done.lost === 1 ? "body stays" : "bodies stay"} sealed with a key that is lost: when it returns, add it to the key file as a further line, then hookshift inbox retry --all`
      )
  })
