/** Shows one delivery with its body. */
import { Effect } from "effect"
import { print, printJson } from "../../Output.js"
import { inInbox, noDelivery } from "./InboxAccess.js"
import type { InboxShowOptions } from "./InboxCommand.js"

export const runInboxShow = (options: InboxShowOptions) =>
  Effect.gen(function* () {
    const found = yield* inInbox(options, (inbox) => inbox.show(options.id))
    if (found === null) return yield* noDelivery(options.id)
    if (options.json) return yield* printJson(found)
    const { body, ...line } = found
    yield* print(
      `${Object.entries(line)
        .map(([name, value]) => `${name.padEnd(12)} ${value ?? ""}`.trimEnd())
        .join("\n")}\n\n${body ?? `(${line.unreadable})`}`
    )
  })
