/** Hands dead deliveries over again: one, or all that match the filters. */
import { Effect, Option } from "effect"
import { UsageError } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import { filterOf, inInbox, inSlices, noDelivery } from "./InboxAccess.js"
import type { InboxRetryOptions } from "./InboxCommand.js"

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
    const { found, revived } = yield* inInbox(options, (inbox) => ({
      revived: inbox.retry(id),
      found: inbox.show(id) !== null
    }))
    if (!found) return yield* noDelivery(id)
    if (!revived)
      return yield* new UsageError({
        message: `delivery ${id} is not dead: only dead deliveries can be retried`
      })
    yield* options.json
      ? printJson({ id, state: "stored" })
      : print(`delivery ${id} will be handed over again by the running receiver, or the next one`)
  })
