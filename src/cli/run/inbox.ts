/** Reads the inbox, wakes the dead, lets go of what is done with. */
import { writeFileSync } from "node:fs"
import { Clock, Console, Effect, Option, Schedule } from "effect"
import { type DeliveryState, type Inbox, type InboxFilter, openInbox } from "../../receiver/index.js"
import { explain, type StoreError } from "../../store/index.js"
import { UsageError } from "../Failure.js"
import { momentOf, secondsOf } from "../Options.js"
import { columns, print, printJson } from "../Output.js"

const withInbox = <A>(db: string, use: (inbox: Inbox) => A): Effect.Effect<A, StoreError> =>
  Effect.acquireUseRelease(
    Effect.try({
      try: () => openInbox(db, { mustExist: true }),
      catch: (error) => explain(error, db)
    }),
    (inbox) =>
      Effect.try({
        try: () => use(inbox),
        catch: (error) => explain(error, db)
      }),
    (inbox) => Effect.sync(() => inbox.close())
  )

/** Between two slices: the running receiver gets its turn. */
const breath = "5 millis"

interface Slice {
  readonly count: number
  /** Where to go on; `null` at the end. */
  readonly next: number | null
}

/** Work on many rows, a slice at a time, with the write lock free in between; how many rows it was. */
const inSlices = (db: string, work: (inbox: Inbox, after: number) => Slice): Effect.Effect<number, StoreError> => {
  const open = Effect.try({ try: () => openInbox(db, { mustExist: true }), catch: (error) => explain(error, db) })
  return Effect.acquireUseRelease(
    open,
    (inbox) =>
      Effect.gen(function* () {
        let count = 0
        for (let after: number | null = 0; after !== null; ) {
          const from: number = after
          const slice: Slice = yield* Effect.try({
            try: () => work(inbox, from),
            catch: (error) => explain(error, db)
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
      }),
    (inbox) => Effect.sync(() => inbox.close())
  )
}

export interface FilterOptions {
  readonly source: Option.Option<string>
  readonly entity: Option.Option<string>
  readonly entityId: Option.Option<string>
  readonly event: Option.Option<string>
  readonly from: Option.Option<string>
  readonly to: Option.Option<string>
}

const filterOf = (options: FilterOptions): Effect.Effect<InboxFilter, UsageError> =>
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

export const runInboxList = (
  options: FilterOptions & {
    readonly db: string
    readonly json: boolean
    readonly limit: number
    readonly state: Option.Option<DeliveryState>
  }
) =>
  Effect.gen(function* () {
    if (options.limit < 1) return yield* new UsageError({ message: "--limit takes a number from 1 on" })
    const filter = {
      ...(yield* filterOf(options)),
      ...(Option.isSome(options.state) ? { state: options.state.value } : {})
    }
    const leftOut: Array<number> = []
    const lines = yield* withInbox(options.db, (inbox) => inbox.list(options.limit, filter, (id) => leftOut.push(id)))
    const damaged = leftOut.length
    if (damaged > 0)
      yield* Console.error(
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

export const runInboxShow = (options: { readonly db: string; readonly json: boolean; readonly id: number }) =>
  Effect.gen(function* () {
    const found = yield* withInbox(options.db, (inbox) => inbox.show(options.id))
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

export const runInboxRetry = (
  options: FilterOptions & {
    readonly db: string
    readonly json: boolean
    readonly id: Option.Option<number>
    readonly all: boolean
  }
) =>
  Effect.gen(function* () {
    const filter = yield* filterOf(options)
    const filtered = Object.keys(filter).length > 0
    if (Option.isSome(options.id) === options.all || (filtered && !options.all))
      return yield* new UsageError({
        message:
          "inbox retry takes the id of a delivery, or --all with filters if only some are meant: hookshift inbox retry 42"
      })
    if (Option.isNone(options.id)) {
      const retried = yield* inSlices(options.db, (inbox, after) => {
        const slice = inbox.retrySlice(filter, after)
        return { count: slice.retried, next: slice.next }
      })
      return yield* options.json
        ? printJson({ retried })
        : print(
            retried === 0
              ? `no delivery is dead${filtered ? " among those that the filters let through" : ""}: there is nothing to retry`
              : `${retried} ${retried === 1 ? "delivery" : "deliveries"} will be handed over again by the running receiver, or the next one`
          )
    }
    const id = options.id.value
    const revived = yield* withInbox(options.db, (inbox) => inbox.retry(id))
    if (!revived)
      return yield* new UsageError({
        message: `delivery ${id} is not dead: only what was given up can be tried again`
      })
    yield* options.json
      ? printJson({ id, state: "stored" })
      : print(`delivery ${id} will be handed over again by the running receiver, or the next one`)
  })

export const runInboxPurge = (options: {
  readonly db: string
  readonly json: boolean
  readonly olderThan: string
  readonly state: "delivered" | "dead" | "quarantined"
  readonly source: Option.Option<string>
  readonly dryRun: boolean
}) =>
  Effect.gen(function* () {
    const seconds = yield* secondsOf("older-than", options.olderThan)
    const filter: InboxFilter = {
      state: options.state,
      to: (yield* Clock.currentTimeMillis) - seconds * 1000,
      ...(Option.isSome(options.source) ? { source: options.source.value } : {})
    }
    const purged = options.dryRun
      ? yield* withInbox(options.db, (inbox) => inbox.countOf(filter))
      : yield* inSlices(options.db, (inbox, after) => {
          const slice = inbox.purgeSlice(filter, after)
          return { count: slice.purged, next: slice.next }
        })
    yield* options.json
      ? printJson({ state: options.state, purged: options.dryRun ? 0 : purged, matching: purged })
      : print(
          options.dryRun
            ? `${purged} ${options.state} ${purged === 1 ? "delivery" : "deliveries"} would go`
            : `${purged} ${options.state} ${purged === 1 ? "delivery is" : "deliveries are"} gone${purged > 0 ? "; hookshift db vacuum gives the room back to the disk" : ""}`
        )
  })

export const runInboxHistory = (options: { readonly db: string; readonly file: string; readonly json: boolean }) =>
  Effect.gen(function* () {
    const lines = yield* withInbox(options.db, (inbox) => [...inbox.history()])
    yield* Effect.try({
      try: () => writeFileSync(options.file, lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
      catch: (error) =>
        new UsageError({
          message: `${options.file} cannot be written to (${(error as NodeJS.ErrnoException).code}): name a file in a folder that is there`
        })
    })
    yield* options.json
      ? printJson({ file: options.file, lines: lines.length })
      : print(`${lines.length} lines in ${options.file}: check them with hookshift verify-history ${options.file}`)
  })
