/** How Freshdesk is read for hydration and reconciliation. */
import { Effect, Stream } from "effect"
import { toWholeSecondIso } from "../../domain/Time.js"
import type { EntityReader, Item } from "../EntityReader.js"
import type { ProviderError } from "../ProviderError.js"
import type { FreshdeskClient, FreshdeskEntityName } from "./Client.js"
import { listedDays } from "./Lists.js"

/** How far back a first reading of tickets reaches, by `updated_at`. */
const firstReachMs = listedDays * 86_400_000

export const freshdeskReader = (client: FreshdeskClient, now: () => number): EntityReader => ({
  changed: (entity, since, hidden, embed) => {
    const from = since ?? (entity === "ticket" ? now() - firstReachMs : null)
    return client.list(entity as FreshdeskEntityName, {
      ...(from === null ? {} : { updatedSince: toWholeSecondIso(from) }),
      ...(hidden === undefined ? {} : { filter: hidden }),
      ...(embed === undefined ? {} : { include: embed })
    })
  },
  get: (entity, id, embed) => client.get(entity as FreshdeskEntityName, id, embed),
  searchPage: (entity, query, page) =>
    Effect.map(client.searchPage(entity as "ticket", query, page), ({ results, total }) => ({ items: results, total })),
  children: (entity, parentId): Stream.Stream<Item, ProviderError> => {
    if (entity === "conversation") return client.conversations(parentId)
    if (entity === "time_entry") return client.timeEntries(parentId)
    return entity === "satisfaction_rating" ? client.satisfactionRatings(parentId) : Stream.empty
  }
})
