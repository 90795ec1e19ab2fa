/** The reader of a product, over that product's own client. */

import type { HttpClient } from "@effect/platform"
import { Effect } from "effect"
import { withArticle } from "../domain/Figures.js"
import { describedReader } from "./described/Reader.js"
import type { EntityReader } from "./EntityReader.js"
import { makeFreshchatClient } from "./freshchat/Client.js"
import { freshchatReader } from "./freshchat/Reader.js"
import { makeFreshdeskClient } from "./freshdesk/Client.js"
import { freshdeskReader } from "./freshdesk/Reader.js"
import { makeFreshsalesClient } from "./freshsales/Client.js"
import { freshsalesReader } from "./freshsales/Reader.js"
import { makeFreshserviceClient } from "./freshservice/Client.js"
import { freshserviceReader } from "./freshservice/Reader.js"
import type { Provider } from "./Provider.js"
import { ProviderError } from "./ProviderError.js"
import type { ClientOptions } from "./Transport.js"

export const makeReader = (
  provider: Provider,
  options: ClientOptions
): Effect.Effect<EntityReader, never, HttpClient.HttpClient> =>
  Effect.map(readerOf(provider, options), (reader) => ({
    ...reader,
    // A message or a reply cannot be asked for alone: only its parent's list has it.
    get: (entity, id) =>
      isOneSegment(provider, id) &&
      provider.endpoints.some((endpoint) => endpoint.kind === "item" && endpoint.entity === entity)
        ? reader.get(entity, id)
        : Effect.fail(
            new ProviderError({
              product: provider.product,
              reason: "notFound",
              status: null,
              fields: [],
              message: `${provider.product} does not show ${withArticle(entity)} by itself`
            })
          )
  }))

/**
 * An id comes from a delivery, and stands in a path: it must not lead to another one. The four products' ids are
 * numbers and UUIDs; a described provider's may be any text, and are percent-encoded, which leaves dots as they are.
 */
const isOneSegment = ({ described }: Provider, id: string): boolean =>
  id !== "." && id !== ".." && (described !== undefined || /^[\w.-]+$/.test(id))

const readerOf = (
  provider: Provider,
  options: ClientOptions
): Effect.Effect<EntityReader, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    switch (provider.product) {
      case "freshdesk":
        return freshdeskReader(yield* makeFreshdeskClient(options), () => clock.unsafeCurrentTimeMillis())
      case "freshservice":
        return freshserviceReader(yield* makeFreshserviceClient(options), () => clock.unsafeCurrentTimeMillis())
      case "freshsales":
        return freshsalesReader(yield* makeFreshsalesClient(options))
      case "freshchat":
        return freshchatReader(yield* makeFreshchatClient(options))
      default:
        return yield* describedReader(provider, options)
    }
  })
