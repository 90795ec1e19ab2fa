/** Lists the newest deliveries. */
import { Effect, Option } from "effect"
import { UsageError } from "../../Failure.js"
import { columns, note, print, printJson } from "../../Output.js"
import { filterOf, inInbox } from "./InboxAccess.js"
import type { InboxListOptions } from "./InboxCommand.js"

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
