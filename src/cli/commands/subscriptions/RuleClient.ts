/** The API client that creates, checks and removes rules. */
import { Effect } from "effect"
import { clientOptionsOf, type Source } from "../../../config/service.js"
import { makeFreshdeskClient } from "../../../providers/clients.js"
import { Store } from "../../../store/service.js"

/**
 * Only rules are created through Freshdesk's API; people or the platform set up the other routes. Rules that were
 * applied are looked after also where the configuration has no entry for them any more.
 */
export const clientOf = (source: Source) =>
  Effect.gen(function* () {
    const rows = yield* (yield* Store).subscriptions
    const applied = rows.some((row) => row.source === source.name && row.route === "rule")
    if (!applied && !source.routes.includes("rule")) return null
    return yield* Effect.flatMap(clientOptionsOf(source), makeFreshdeskClient)
  })
