/** Lists the newest deliveries. */
import { Effect, Option } from "effect"
import { UsageError } from "../../Failure.js"
import { type Cell, note, print, printJson, table } from "../../Output.js"
import { filterOf, inInbox } from "./InboxAccess.js"
import type { InboxListOptions } from "./InboxCommand.js"

/** For people, a delivery that waits for its next try is not simply stored. */
const stateOf = ({ attempts, state }: { readonly attempts: number; readonly state: string }): Cell =>
  state === "stored" && attempts > 0
    ? { text: `failing (${attempts} ${attempts === 1 ? "try" : "tries"})`, colour: "yellow" }
    : { text: state, ...(state === "dead" ? { colour: "red" as const } : {}) }

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
      table(
        [
          { title: "id", right: true },
          { title: "received", minor: true },
          { title: "source", shrinks: true },
          { title: "origin", minor: true },
          { title: "event" },
          { title: "entity" },
          { title: "state" },
          { title: "duplicates", right: true, minor: true }
        ],
        lines.map((line) => [
          { text: String(line.id) },
          { text: line.receivedAt },
          { text: line.source },
          { text: line.origin },
          { text: line.event ?? "not understood" },
          { text: line.entityId === null ? "" : `${line.entity} ${line.entityId}` },
          stateOf(line),
          { text: String(line.duplicates) }
        ])
      )
    )
  })
