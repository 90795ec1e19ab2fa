/** How the mirror reads what the state knows in part: with the source's own credential, under its limiter. */
import { Chunk, Effect, Runtime, Stream } from "effect"
import { listsChanges } from "../policy/index.js"
import { type ClientOptions, getOrNull, makeReader } from "../providers/clients.js"
import type { Provider } from "../providers/index.js"
import type { ProviderReading } from "./Hydrating.js"

export const providerReading = (provider: Provider, client: ClientOptions) =>
  Effect.gen(function* () {
    const reader = yield* makeReader(provider, client)
    const run = Runtime.runPromise(yield* Effect.runtime<never>())
    const reading: ProviderReading = {
      lists: (entity) => listsChanges(provider, entity),
      shows: (entity) => provider.endpoints.some((one) => one.kind === "item" && one.entity === entity),
      changedSince: (entity, since, embedded) => {
        const listed =
          reader.changedAsListed?.(entity, since) ?? reader.changed(entity, since, undefined, includeOf(embedded))
        return run(Effect.map(Stream.runCollect(listed), Chunk.toReadonlyArray))
      },
      views: (entity) => (reader.views === undefined ? Promise.resolve(null) : run(reader.views(entity))),
      get: (entity, id, embedded) => run(getOrNull(reader, entity, id, includeOf(embedded))),
      searchPage: (entity, query, page) =>
        reader.searchPage === undefined ? null : run(reader.searchPage(entity, query, page))
    }
    return reading
  })

const includeOf = (embedded: ReadonlyArray<string>): string | undefined =>
  embedded.length === 0 ? undefined : embedded.join(",")
