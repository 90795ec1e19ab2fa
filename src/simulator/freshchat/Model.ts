/** A simulated Freshchat account: its entities and its happenings (shapes.json, `freshchat`). */
import { freshchat } from "../../providers/index.js"
import { type Entity, entityModel } from "../Entity.js"
import type { RandomStream } from "../Randomness.js"
import type { WorldModel } from "../WorldModel.js"

const day = 86_400_000
/** Agents and messages have the time of their making only. */
const unstamped = { updatedAtField: null }

const appId = "5f2c1a3e-0000-4000-a000-000000000001"
const botId = "5f2c1a3e-0000-4000-a000-0000000000b0"
const agentId = "5f2c1a3e-0000-4000-a000-0000000000a1"

const user = (n: number): Entity => ({
  first_name: "Visitor",
  last_name: String(n + 1),
  email: `visitor${n + 1}@customer.example`,
  phone: null,
  avatar: null,
  properties: [],
  login_status: false,
  org_contact_id: null
})

const conversation = (userId: unknown): Entity => ({
  app_id: appId,
  channel_id: null,
  status: "new",
  user_id: userId,
  assigned_agent_id: null,
  assigned_org_agent_id: null,
  assigned_group_id: null,
  properties: { priority: null }
})

const message = (random: RandomStream, of: Entity): Entity => {
  const incoming = random.next() < 0.5
  return {
    conversation_id: of["conversation_id"],
    app_id: appId,
    channel_id: of["channel_id"],
    actor_type: incoming ? "user" : "agent",
    actor_id: incoming ? of["user_id"] : agentId,
    user_id: of["user_id"],
    message_type: "normal",
    message_parts: [{ text: { content: `Line ${random.below(1_000_000)}` } }],
    interaction_id: null
  }
}

export const freshchatModel: WorldModel = {
  provider: freshchat,
  actors: { api: { type: "agent", id: botId }, people: { type: "agent", id: agentId } },
  complete: (_, record) => record,
  entities: {
    user: entityModel(freshchat, "user"),
    agent: entityModel(freshchat, "agent", unstamped),
    channel: entityModel(freshchat, "channel"),
    // [assumed] A conversation moves no stamp of its user, a message none of its conversation.
    conversation: entityModel(freshchat, "conversation"),
    message: entityModel(freshchat, "message", unstamped)
  },
  populate: ({ add, ids }, random, entities) => {
    const share = (part: number) => Math.max(2, Math.round(entities * part))
    for (let n = 0; n < 6; n++)
      add(
        "agent",
        {
          first_name: "Agent",
          last_name: String(n + 1),
          email: `agent${n + 1}@acme.example`,
          groups: [],
          is_deleted: false,
          availability_status: "AVAILABLE"
        },
        100 * day,
        300 * day
      )
    for (let n = 0; n < 3; n++)
      add("channel", { name: `Channel ${n + 1}`, enabled: true, public: true, tags: [] }, 100 * day, 300 * day)
    for (let n = 0; n < share(0.5); n++) {
      const id = add("user", user(n), 2 * day, 60 * day)
      if (n % 2 === 0) {
        const talk = { ...conversation(id), channel_id: random.pick(ids("channel")) }
        const talkId = add("conversation", talk, day, 2 * day)
        for (let line = random.below(3); line >= 0; line--)
          add("message", message(random, { ...talk, conversation_id: talkId }), day / 24, day)
      }
    }
  },
  happenings: ({ any, change, count, current, live, random }) => {
    const talk = (): Entity | null => {
      const id = live("conversation", true)
      return id === null ? null : current("conversation", id)
    }
    const update = (fields: () => Entity) => () => {
      const id = live("conversation", true)
      if (id !== null) change("conversation", "update", id, fields())
    }
    return [
      [6, () => change("user", "create", null, user(count("user")))],
      [
        8,
        () =>
          change("user", "update", live("user"), { phone: `+1555${String(random.below(10_000_000)).padStart(7, "0")}` })
      ],
      [
        6,
        () => {
          const made = change("conversation", "create", null, {
            ...conversation(live("user")),
            channel_id: any("channel")
          })
          if (made !== null) change("message", "create", null, message(random, made))
        }
      ],
      [
        30,
        () => {
          const of = talk()
          if (of !== null) change("message", "create", null, message(random, of))
        }
      ],
      [8, update(() => ({ assigned_agent_id: any("agent"), status: "assigned" }))],
      [6, update(() => ({ status: "resolved" }))],
      [2, update(() => ({ status: "reopened" }))],
      [3, update(() => ({ properties: { priority: random.pick(["Low", "Medium", "High"]) } }))]
    ]
  }
}
