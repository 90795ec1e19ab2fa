/** Purges old deliveries. */
import { Clock, Effect, Option } from "effect"
import type { InboxFilter } from "../../../receiver/index.js"
import { secondsOf } from "../../OptionValues.js"
import { print, printJson } from "../../Output.js"
import { inInbox, inSlices } from "./InboxAccess.js"
import type { InboxPurgeOptions } from "./InboxCommand.js"

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
