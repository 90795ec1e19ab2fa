/**
 * Freshservice's entities as its API shows them: every field but the id may be absent or null, and a field that is not
 * named here is kept as it came.
 */
import { Schema } from "effect"
import { either, entity, flag, list, number, record, text } from "../EntitySchema.js"

export const Ticket = entity(
  { id: Schema.Number },
  {
    cc_emails: list(Schema.String),
    fwd_emails: list(Schema.String),
    reply_cc_emails: list(Schema.String),
    fr_escalated: flag,
    spam: flag,
    priority: either,
    requester_id: number,
    source: either,
    status: either,
    subject: text,
    type: either,
    due_by: text,
    fr_due_by: text,
    is_escalated: flag,
    description: text,
    description_text: text,
    custom_fields: record,
    created_at: text,
    updated_at: text,
    tags: list(Schema.String),
    attachments: list(Schema.Unknown)
  }
)
export type Ticket = typeof Ticket.Type

export const Change = entity(
  { id: Schema.Number },
  {
    requester_id: number,
    agent_id: number,
    group_id: number,
    priority: either,
    impact: either,
    status: either,
    risk: either,
    change_type: either,
    approval_status: either,
    subject: text,
    description: text,
    description_text: text,
    planned_start_date: text,
    planned_end_date: text,
    project_id: number,
    department_id: number,
    category: text,
    sub_category: text,
    item_category: text,
    created_at: text,
    updated_at: text,
    associated_release: number,
    assets: list(Schema.Unknown),
    associated_problems: list(Schema.Number),
    incidents_caused_by_change: list(Schema.Number),
    tickets_initiating_change: list(Schema.Number),
    associated_project: number,
    custom_fields: record,
    planning_fields: record,
    maintenance_window: record,
    black_out_window: record
  }
)
export type Change = typeof Change.Type

export const Problem = entity(
  { id: Schema.Number },
  {
    agent_id: number,
    requester_id: number,
    group_id: number,
    priority: either,
    impact: either,
    status: either,
    subject: text,
    due_by: text,
    department_id: number,
    category: text,
    sub_category: text,
    item_category: text,
    known_error: flag,
    created_at: text,
    updated_at: text,
    assets: list(Schema.Unknown),
    attachments: list(Schema.String),
    custom_fields: record,
    analysis_fields: record
  }
)
export type Problem = typeof Problem.Type

export const Release = entity(
  { id: Schema.Number },
  {
    agent_id: number,
    group_id: number,
    priority: either,
    status: either,
    release_type: either,
    subject: text,
    planned_start_date: text,
    planned_end_date: text,
    work_start_date: text,
    work_end_date: text,
    department_id: number,
    category: text,
    sub_category: text,
    item_category: text,
    created_at: text,
    updated_at: text,
    associated_assets: list(Schema.Number),
    assets: list(Schema.Unknown),
    associated_changes: list(Schema.Number),
    custom_fields: record,
    planning_fields: record
  }
)
export type Release = typeof Release.Type

export const Asset = entity(
  { id: Schema.Number },
  {
    display_id: number,
    name: text,
    description: text,
    asset_type_id: number,
    impact: either,
    author_type: text,
    usage_type: text,
    asset_tag: text,
    user_id: number,
    department_id: number,
    location_id: number,
    agent_id: number,
    group_id: number,
    assigned_on: text,
    created_at: text,
    updated_at: text,
    type_fields: record
  }
)
export type Asset = typeof Asset.Type

export const Requester = entity(
  { id: Schema.Number },
  {
    first_name: text,
    last_name: text,
    job_title: text,
    primary_email: text,
    secondary_emails: list(Schema.String),
    work_phone_number: text,
    mobile_phone_number: text,
    department_ids: list(Schema.Number),
    can_see_all_tickets_from_associated_departments: flag,
    reporting_manager_id: number,
    address: text,
    time_zone: text,
    language: text,
    location_id: number,
    background_information: text,
    active: flag,
    has_logged_in: flag,
    created_time: text,
    updated_time: text,
    custom_fields: record
  }
)
export type Requester = typeof Requester.Type

export const Agent = entity(
  { id: Schema.Number },
  {
    first_name: text,
    occasional: flag,
    last_name: text,
    job_title: text,
    email: text,
    work_phone_number: text,
    mobile_phone_number: text,
    reporting_manager_id: number,
    time_zone: text,
    language: text,
    location_id: number,
    scoreboard_level_id: number,
    scope: record,
    group_ids: list(Schema.Number),
    member_of: list(Schema.Number),
    observer_of: list(Schema.Number),
    role_ids: list(Schema.Number),
    roles: list(Schema.Unknown),
    last_login_at: text,
    active: flag,
    has_logged_in: flag,
    created_at: text,
    updated_at: text
  }
)
export type Agent = typeof Agent.Type

export const Conversation = entity(
  { id: Schema.Number },
  {
    user_id: number,
    source: either,
    incoming: flag,
    created_at: text,
    updated_at: text,
    body: text,
    body_text: text,
    attachments: list(Schema.Unknown),
    change_id: number,
    ticket_id: number,
    from_email: text,
    to_emails: list(Schema.String),
    cc_emails: list(Schema.String),
    bcc_emails: list(Schema.String)
  }
)
export type Conversation = typeof Conversation.Type
