/**
 * The Freshchat client: users by `updated_from`, their conversations one call each, messages beneath those; pages by
 * `links.next_page`, ids that are texts (FRESHWORKS.md, "Lists and pages"). It has no list of conversations and no bulk API.
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { pages, windowBound, windows } from "../Paging.js"
import type { ProviderError } from "../ProviderError.js"
import { type ClientOptions, makeTransport, Nothing, type Parameters } from "../Transport.js"
import { freshchat } from "./Catalogue.js"
import { Agent, Channel, Conversation, Message, User } from "./Entities.js"

export type FreshchatFields = Readonly<Record<string, unknown>>

const schemas = { user: User, agent: Agent, conversation: Conversation }
/** Every entity type of the product, as its API shows it. */
export const freshchatSchemas = { ...schemas, message: Message, channel: Channel }

export type FreshchatEntityName = keyof typeof schemas
export type FreshchatEntity<Name extends FreshchatEntityName> = (typeof schemas)[Name]["Type"]

export interface FreshchatClient {
  readonly users: (options?: {
    readonly updatedFrom?: string
    readonly updatedTo?: string
  }) => Stream.Stream<User, ProviderError>
  readonly agents: Stream.Stream<Agent, ProviderError>
  readonly channels: Stream.Stream<Channel, ProviderError>
  /** One call for the list of a user's conversations, and one more for each of them; `readNamed` may pass one by. */
  readonly conversationsOf: (
    userId: string,
    readNamed?: (
      id: string,
      read: Effect.Effect<Conversation, ProviderError>
    ) => Effect.Effect<FreshchatFields | null, ProviderError>
  ) => Stream.Stream<Conversation, ProviderError>
  readonly messagesOf: (
    conversationId: string,
    options?: { readonly fromTime?: string }
  ) => Stream.Stream<Message, ProviderError>
  readonly get: <Name extends FreshchatEntityName>(
    entity: Name,
    id: string
  ) => Effect.Effect<FreshchatEntity<Name>, ProviderError>
  readonly create: <Name extends FreshchatEntityName>(
    entity: Name,
    fields: FreshchatFields
  ) => Effect.Effect<FreshchatEntity<Name>, ProviderError>
  readonly update: <Name extends FreshchatEntityName>(
    entity: Name,
    id: string,
    fields: FreshchatFields
  ) => Effect.Effect<FreshchatEntity<Name>, ProviderError>
  readonly remove: (entity: "user" | "agent", id: string) => Effect.Effect<void, ProviderError>
  readonly say: (conversationId: string, message: FreshchatFields) => Effect.Effect<Message, ProviderError>
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
  Effect.map(makeTransport(freshchat, options), ({ fail, pathOf, send }): FreshchatClient => {
    const schemaOf = <Name extends FreshchatEntityName>(entity: Name) =>
      schemas[entity] as Schema.Schema<FreshchatEntity<Name>, unknown>

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

    const get: FreshchatClient["get"] = (entity, id) =>
      send({ path: `/${entity}s/${id}`, schema: schemaOf(entity), what: `${entity} ${id}` })

    return {
      // Sorted by change, oldest first, as far as is known [assumed]; where it is not, windows() reads until all is quiet.
      users: (filters = {}) =>
        Stream.unwrap(
          Effect.gen(function* () {
            const from = yield* windowBound(filters.updatedFrom, "updatedFrom", fail)
            const to = yield* windowBound(filters.updatedTo, "updatedTo", fail)
            return windows<User>({
              from: from ?? null,
              pageCeiling: freshchat.pageCeiling,
              stampOf: (user) => user.updated_time ?? null,
              keyOf: (user) => user.id,
              read: ({ page, since }) =>
                Effect.map(
                  send({
                    path: "/users",
                    parameters: {
                      updated_from: since ?? undefined,
                      updated_to: to,
                      page,
                      items_per_page: itemsPerPage
                    },
                    schema: Users,
                    what: "the list of users"
                  }),
                  ({ links, users }) => ({ items: users, more: links?.next_page?.href != null })
                ),
              tooMany: () => fail("rejected", "more users changed in one moment than the pages show")
            })
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
                Stream.mapEffect(({ id }) => readNamed(id, get("conversation", id))),
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
        ),
      get,
      create: (entity, fields) =>
        send({
          method: "POST",
          path: `/${entity}s`,
          body: fields,
          schema: schemaOf(entity),
          what: `the new ${entity}`
        }),
      update: (entity, id, fields) =>
        send({
          method: "PUT",
          path: `/${entity}s/${id}`,
          body: fields,
          schema: schemaOf(entity),
          what: `${entity} ${id}`
        }),
      remove: (entity, id) =>
        Effect.asVoid(send({ method: "DELETE", path: `/${entity}s/${id}`, schema: Nothing, what: `${entity} ${id}` })),
      say: (conversationId, message) =>
        send({
          method: "POST",
          path: `/conversations/${conversationId}/messages`,
          body: message,
          schema: Message as Schema.Schema<Message, unknown>,
          what: "the new message"
        })
    }
  })
