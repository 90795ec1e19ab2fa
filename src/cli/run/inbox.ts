/** Reads the inbox, and wakes the dead. */
import { Effect, Option } from "effect"
import { type DeliveryState, type Inbox, openInbox } from "../../receiver/index.js"
import { explain, type StoreError } from "../../store/index.js"
import { UsageError } from "../Failure.js"
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

export const runInboxList = (options: {
  readonly db: string
  readonly json: boolean
  readonly limit: number
  readonly state: Option.Option<DeliveryState>
  readonly source: Option.Option<string>
}) =>
  Effect.gen(function* () {
    if (options.limit < 1) return yield* new UsageError({ message: "--limit takes a number from 1 on" })
    const filter = {
      ...(Option.isSome(options.state) ? { state: options.state.value } : {}),
      ...(Option.isSome(options.source) ? { source: options.source.value } : {})
    }
    const lines = yield* withInbox(options.db, (inbox) => inbox.list(options.limit, filter))
    if (options.json) return yield* printJson(lines)
    if (lines.length === 0) return yield* print("the inbox is empty")
    yield* print(
      columns(
        ["id", "received", "source", "event", "entity", "state", "duplicates"],
        lines.map((line) => [
          String(line.id),
          line.receivedAt,
          line.source,
          line.event ?? "not understood",
          line.entityId === null ? "" : `${line.entity} ${line.entityId}`,
          line.state,
          String(line.duplicates)
        ]),
        new Set([0, 6])
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
        .join("\n")}\n\n${body}`
    )
  })

export const runInboxRetry = (options: { readonly db: string; readonly json: boolean; readonly id: number }) =>
  Effect.gen(function* () {
    const revived = yield* withInbox(options.db, (inbox) => inbox.retry(options.id))
    if (!revived)
      return yield* new UsageError({
        message: `delivery ${options.id} is not dead: only what was given up can be tried again`
      })
    yield* options.json
      ? printJson({ id: options.id, state: "stored" })
      : print(`delivery ${options.id} will be handed over again by the running receiver, or the next one`)
  })
