/**
 * Freshchat's entities as its API shows them: every field but the id may be absent or null, and a field that is not
 * named here is kept as it came.
 */
import { Schema } from "effect"
import { either, entity, flag, list, record, text } from "../EntitySchema.js"

export const User = entity(
  { id: Schema.String },
  {
    first_name: text,
    last_name: text,
    email: text,
    phone: either,
    avatar: record,
    properties: list(Schema.Unknown),
    login_status: flag,
    org_contact_id: text,
    created_time: text,
    updated_time: text
  }
)
export type User = typeof User.Type

export const Agent = entity(
  { id: Schema.String },
  {
    first_name: text,
    last_name: text,
    email: text,
    avatar: record,
    groups: list(Schema.String),
    role_id: text,
    role_name: text,
    locale: text,
    is_deleted: flag,
    is_deactivated: flag,
    agent_status: record,
    agent_capacity: either,
    availability_status: text,
    login_status: flag,
    created_time: text
  }
)
export type Agent = typeof Agent.Type

export const Conversation = entity(
  { conversation_id: Schema.String },
  {
    conversation_internal_id: either,
    app_id: text,
    channel_id: text,
    status: either,
    user_id: text,
    assigned_agent_id: text,
    assigned_org_agent_id: text,
    skill_id: either,
    created_by: text,
    properties: record,
    url: text,
    created_time: text,
    updated_time: text
  }
)
export type Conversation = typeof Conversation.Type

export const Message = entity(
  { id: Schema.String },
  {
    conversation_id: text,
    app_id: text,
    channel_id: text,
    actor_type: text,
    actor_id: text,
    org_actor_id: text,
    user_id: text,
    message_type: text,
    message_parts: list(Schema.Unknown),
    interaction_id: text,
    created_time: text
  }
)
export type Message = typeof Message.Type

export const Channel = entity(
  { id: Schema.String },
  {
    name: text,
    enabled: flag,
    public: flag,
    tags: list(Schema.String),
    source: either,
    updated_time: text
  }
)
export type Channel = typeof Channel.Type
