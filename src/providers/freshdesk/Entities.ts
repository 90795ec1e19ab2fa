/**
 * Freshdesk's entities as its API shows them: every field but the id may be absent or null, and a field that is not
 * named here is kept as it came.
 */
import { Schema } from "effect"
import { either, entity, flag, list, number, record, text } from "../EntitySchema.js"

export const Ticket = entity(
  { id: Schema.Number },
  {
    custom_fields: record,
    cc_emails: list(Schema.String),
    updated_at: text,
    type: either,
    to_emails: list(Schema.String),
    fwd_emails: list(Schema.String),
    source: either,
    due_by: text,
    company_id: number,
    responder_id: number,
    priority: either,
    deleted: flag,
    facebook_id: text,
    subject: text,
    fr_due_by: text,
    email: text,
    status: either,
    is_escalated: flag,
    reply_cc_emails: list(Schema.String),
    description: text,
    tags: list(Schema.String),
    email_config_id: number,
    phone: either,
    description_text: text,
    requester_id: number,
    name: text,
    product_id: number,
    fr_escalated: flag,
    created_at: text,
    spam: flag,
    twitter_id: text,
    group_id: number,
    company: record,
    requester: record,
    stats: record
  }
)
export type Ticket = typeof Ticket.Type

export const Contact = entity(
  { id: Schema.Number },
  {
    custom_fields: record,
    other_companies: list(Schema.String),
    view_all_tickets: flag,
    other_emails: list(Schema.String),
    company_id: number,
    email: text,
    job_title: text,
    description: text,
    tags: list(Schema.String),
    deleted: flag,
    updated_at: text,
    phone: either,
    address: text,
    active: flag,
    name: text,
    language: text,
    mobile: either,
    created_at: text,
    twitter_id: text,
    time_zone: text,
    avatar: record
  }
)
export type Contact = typeof Contact.Type

export const Company = entity(
  { id: Schema.Number },
  {
    custom_fields: record,
    description: text,
    domains: list(Schema.String),
    name: text,
    note: text,
    created_at: text,
    updated_at: text
  }
)
export type Company = typeof Company.Type

export const Agent = entity(
  { id: Schema.Number },
  {
    available: flag,
    available_since: text,
    occasional: flag,
    signature: text,
    ticket_scope: number,
    group_ids: list(Schema.Number),
    role_ids: list(Schema.Number),
    created_at: text,
    updated_at: text,
    contact: record
  }
)
export type Agent = typeof Agent.Type

export const Conversation = entity(
  { id: Schema.Number },
  {
    body_text: text,
    incoming: flag,
    private: flag,
    user_id: number,
    support_email: text,
    source: either,
    ticket_id: number,
    to_emails: list(Schema.String),
    from_email: text,
    cc_emails: list(Schema.String),
    bcc_emails: list(Schema.String),
    created_at: text,
    updated_at: text
  }
)
export type Conversation = typeof Conversation.Type

export const Group = entity(
  { id: Schema.Number },
  {
    agent_ids: list(Schema.Number),
    auto_ticket_assign: either,
    business_hour_id: number,
    description: text,
    escalate_to: number,
    name: text,
    unassigned_for: either,
    created_at: text,
    updated_at: text
  }
)
export type Group = typeof Group.Type

export const TimeEntry = entity(
  { id: Schema.Number },
  {
    time_spent: either,
    start_time: text,
    created_at: text,
    executed_at: text,
    updated_at: text,
    timer_running: flag,
    note: text,
    ticket_id: number,
    billable: flag,
    agent_id: number
  }
)
export type TimeEntry = typeof TimeEntry.Type

export const SatisfactionRating = entity(
  { id: Schema.Number },
  {
    survey_id: number,
    user_id: number,
    feedback: text,
    created_at: text,
    updated_at: text,
    agent_id: number,
    group_id: number,
    ticket_id: number,
    ratings: list(Schema.Unknown)
  }
)
export type SatisfactionRating = typeof SatisfactionRating.Type
