/** The cheapest call that a product answers to a valid key: its limits, and the key's own user. */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema } from "effect"
import type { Provider } from "./Provider.js"
import type { ProviderError } from "./ProviderError.js"
import { type ClientOptions, makeTransport } from "./Transport.js"

export interface Probed {
  /** The called endpoint: `GET /api/v2/agents`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  /** The id of the key's own user, where the product tells it. */
  readonly userId: string | null
}

const paths: Readonly<Record<string, string>> = {
  freshdesk: "/agents/me",
  freshservice: "/agents?per_page=1",
  freshsales: "/contacts/filters",
  freshchat: "/agents?items_per_page=1"
}

export const probe = (
  provider: Provider,
  options: ClientOptions
): Effect.Effect<Probed, ProviderError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    // A person waits for the answer: one try.
    const { sendForHeaders } = yield* makeTransport(provider, { ...options, tries: 1 })
    const described = Object.values(provider.described?.entities ?? {}).find(({ list }) => list !== undefined)
    const path = paths[provider.product] ?? described?.list?.path ?? "/"
    const { headers, value } = yield* sendForHeaders({
      path,
      schema: Schema.Object,
      what: "the first call"
    })
    const id = typeof value === "object" && value !== null ? (value as { id?: unknown }).id : undefined
    const endpoint = `GET ${provider.pathPrefixes[0]}${path.split("?", 1)[0]}`
    return { endpoint, headers, userId: typeof id === "number" || typeof id === "string" ? String(id) : null }
  })
