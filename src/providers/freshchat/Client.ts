/**
 * The Freshchat client: users by `updated_from`, their conversations one call each, messages beneath those; pages by
 * `links.next_page`, ids that are texts (FRESHWORKS.md, "Lists and pages"). It has no list of conversations and no bulk
 * API.
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { type EntityVerbs, entityVerbs, type Fields } from "../EntityVerbs.js"
import type { InEffects, Many, Mode, One } from "../Mode.js"
import { pages, windowBound, windows } from "../Paging.js"
import type { ProviderError } from "../ProviderError.js"
import { type ClientOptions, makeTransport, type Parameters, type Transport } from "../Transport.js"
import { freshchat } from "./Catalogue.js"
import { Agent, Channel, Conversation, Message, User } from "./Entities.js"

const schemas = { user: User, agent: Agent, conversation: Conversation }
/** Every entity type of the product, as its API shows it. */
export const freshchatSchemas = { ...schemas, message: Message, channel: Channel }

export type FreshchatEntityName = keyof typeof schemas
export type FreshchatEntity<Name extends FreshchatEntityName> = (typeof schemas)[Name]["Type"]
type Entities = { readonly [Name in FreshchatEntityName]: FreshchatEntity<Name> }

/** Reads a conversation that a list only names; `null` passes it by. */
type ReadNamed = (
  id: string,
  read: Effect.Effect<Conversation, ProviderError>
) => Effect.Effect<Fields | null, ProviderError>

/** The verbs of Freshchat's API. It embeds nothing, and removes no conversation. */
export interface FreshchatApi<M extends Mode> extends Omit<EntityVerbs<Entities, M>, "remove"> {
  readonly users: (options?: { readonly updatedFrom?: string; readonly updatedTo?: string }) => Many<M, User>
  readonly agents: Many<M, Agent>
  readonly channels: Many<M, Channel>
  /** A call for the list of a user's conversations, and a further call for each of them. */
  readonly conversationsOf: (userId: string) => Many<M, Conversation>
  readonly messagesOf: (conversationId: string, options?: { readonly fromTime?: string }) => Many<M, Message>
  readonly remove: (entity: "user" | "agent", id: string) => One<M, void>
  readonly say: (conversationId: string, message: Fields) => One<M, Message>
}

export interface FreshchatClient extends FreshchatApi<InEffects> {
  /** `readNamed` may pass by a conversation that cannot be read. */
  readonly conversationsOf: (userId: string, readNamed?: ReadNamed) => Stream.Stream<Conversation, ProviderError>
}

const Links = Schema.Struct({
  next_page: Schema.optional(Schema.NullOr(Schema.Struct({ href: Schema.optional(Schema.NullOr(Schema.String)) })))
})
const Users = Schema.Struct({
  users: Schema.Array(User),
  links: Schema.optional(Schema.NullOr(Links))
})
const Stub = Schema.Struct({ id: Schema.String }, { key: Schema.String, value: Schema.Unknown })

/** The most that a page gives [field]. */
const itemsPerPage = 20

export const makeFreshchatClient = (
  options: ClientOptions
): Effect.Effect<FreshchatClient, never, HttpClient.HttpClient> =>
  Effect.map(makeTransport(freshchat, options), (transport): FreshchatClient => {
    const verbs = entityVerbs<Entities>(transport, {
      schemas,
      pathOf: (entity) => `/${entity}s`,
      wraps: { answers: false, bodies: false }
    })
    return {
      ...verbs,
      ...listsOf(transport, (id) => verbs.get("conversation", id)),
      say: (conversationId, message) =>
        transport.send({
          method: "POST",
          path: `/conversations/${conversationId}/messages`,
          body: message,
          schema: Message as Schema.Schema<Message, unknown>,
          what: "the new message"
        })
    }
  })

const listsOf = (
  { fail, pathOf, send }: Transport,
  conversation: (id: string) => Effect.Effect<Conversation, ProviderError>
): Pick<FreshchatClient, "users" | "agents" | "channels" | "conversationsOf" | "messagesOf"> => {
  /** A list whose answers link to their next page. */
  const linked = <A>(
    first: string,
    parameters: Parameters,
    name: string,
    schema: Schema.Schema<A, unknown>,
    what: string
  ) => {
    const Body = Schema.Struct({
      [name]: Schema.Array(schema),
      links: Schema.optional(Schema.NullOr(Links))
    }) as unknown as Schema.Schema<
      Record<string, ReadonlyArray<A>> & { readonly links?: typeof Links.Type | null },
      unknown
    >
    interface Cursor {
      readonly path: string
      readonly parameters: Parameters
    }
    return pages<A, Cursor>(
      { path: first, parameters: { ...parameters, page: 1, items_per_page: itemsPerPage } },
      (cursor) =>
        Effect.map(send({ path: cursor.path, parameters: cursor.parameters, schema: Body, what }), (body) => {
          const href = body.links?.next_page?.href
          const path = href == null ? null : pathOf(href)
          return { items: body[name]!, next: path === null ? null : { path, parameters: {} } }
        })
    )
  }
  // Sorted by change, oldest first, as far as is known [assumed]; where it is not, windows() reads until all is quiet.
  const usersBetween = (from: string | undefined, to: string | undefined) =>
    windows<User>({
      from: from ?? null,
      pageCeiling: freshchat.pageCeiling,
      stampOf: (user) => user.updated_time ?? null,
      keyOf: (user) => user.id,
      read: ({ page, since }) =>
        Effect.map(
          send({
            path: "/users",
            parameters: { updated_from: since ?? undefined, updated_to: to, page, items_per_page: itemsPerPage },
            schema: Users,
            what: "the list of users"
          }),
          ({ links, users }) => ({ items: users, more: links?.next_page?.href != null })
        ),
      tooMany: () => fail("rejected", "more users changed in one moment than the pages show")
    })
  return {
    users: (filters = {}) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const from = yield* windowBound(filters.updatedFrom, "updatedFrom", fail)
          const to = yield* windowBound(filters.updatedTo, "updatedTo", fail)
          return usersBetween(from, to)
        })
      ),
    agents: linked("/agents", {}, "agents", Agent as Schema.Schema<Agent, unknown>, "the list of agents"),
    channels: linked("/channels", {}, "channels", Channel as Schema.Schema<Channel, unknown>, "the list of channels"),
    conversationsOf: (userId, readNamed = (_, read) => read) =>
      Stream.unwrap(
        Effect.map(
          send({
            path: `/users/${userId}/conversations`,
            schema: Schema.Struct({ conversations: Schema.Array(Stub) }),
            what: `the conversations of user ${userId}`
          }),
          ({ conversations }) =>
            Stream.fromIterable(conversations).pipe(
              Stream.mapEffect(({ id }) => readNamed(id, conversation(id))),
              Stream.filter((item): item is Conversation => item !== null)
            )
        )
      ),
    messagesOf: (conversationId, filters = {}) =>
      Stream.unwrap(
        Effect.map(windowBound(filters.fromTime, "fromTime", fail), (from) =>
          linked(
            `/conversations/${conversationId}/messages`,
            { from_time: from },
            "messages",
            Message as Schema.Schema<Message, unknown>,
            `the messages of conversation ${conversationId}`
          )
        )
      )
  }
}
