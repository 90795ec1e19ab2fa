/** Shows one delivery with its body. */
import { Effect } from "effect"
import { UsageError } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import { inInbox } from "./InboxAccess.js"
import type { InboxShowOptions } from "./InboxCommand.js"

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
