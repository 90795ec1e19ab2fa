/** The API client that creates, checks and removes rules. */
import { Effect } from "effect"
import { clientOptionsOf, type Source } from "../../../config/service.js"
import { makeFreshdeskClient } from "../../../providers/clients.js"

/** Only rules are created through Freshdesk's API; people or the platform set up the other routes. */
export const clientOf = (source: Source) =>
  source.routes.includes("rule") ? Effect.flatMap(clientOptionsOf(source), makeFreshdeskClient) : Effect.succeed(null)
