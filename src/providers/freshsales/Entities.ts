/**
 * Freshsales's entities as its API shows them: every field but the id may be absent or null, and a field that is not
 * named here is kept as it came.
 */
import { Schema } from "effect"
import { anything, either, entity, flag, number, record, text } from "../EntitySchema.js"

export const Contact = entity(
  { id: Schema.Number },
  {
    first_name: text,
    last_name: text,
    display_name: text,
    avatar: anything,
    job_title: text,
    city: text,
    state: text,
    zipcode: either,
    country: text,
    email: text,
    do_not_disturb: flag,
    has_authority: flag,
    time_zone: text,
    department: text,
    work_number: text,
    mobile_number: text,
    address: text,
    last_seen: text,
    lead_score: either,
    lead_quality: either,
    last_contacted: text,
    open_deals_amount: either,
    won_deals_amount: either,
    links: record,
    last_contacted_sales_activity_mode: either,
    custom_field: record,
    created_at: text,
    updated_at: text,
    keyword: text,
    medium: text,
    email_status: text,
    last_contacted_mode: either,
    recent_note: text,
    last_contacted_via_chat: text,
    last_contacted_via_sales_activity: text,
    facebook: text,
    twitter: text,
    linkedin: text,
    owner_id: number,
    lead_source_id: number,
    contact_status_id: number,
    updater_id: number,
    campaign_id: number,
    creater_id: number,
    sales_account_id: number
  }
)
export type Contact = typeof Contact.Type

export const Deal = entity(
  { id: Schema.Number },
  {
    name: text,
    amount: either,
    expected_close: either,
    closed_date: either,
    stage_updated_time: text,
    custom_field: record,
    probability: either,
    updated_at: text,
    created_at: text,
    deal_pipeline_id: number,
    age: either,
    links: record,
    recent_note: anything,
    owner_id: number,
    creater_id: number,
    updater_id: number,
    lead_source_id: number,
    deal_stage_id: number,
    deal_type_id: number,
    deal_reason_id: anything,
    deal_payment_status_id: number,
    campaign_id: number,
    deal_product_id: number,
    territory_id: number,
    sales_account_id: number
  }
)
export type Deal = typeof Deal.Type

export const SalesAccount = entity(
  { id: Schema.Number },
  {
    name: text,
    address: text,
    city: text,
    state: text,
    zipcode: either,
    country: text,
    number_of_employees: either,
    annual_revenue: either,
    website: text,
    owner_id: number,
    phone: either,
    open_deals_amount: either,
    won_deals_amount: either,
    last_contacted: text,
    last_contacted_mode: either,
    facebook: text,
    twitter: text,
    linkedin: text,
    links: record,
    custom_field: record,
    created_at: text,
    updated_at: text,
    avatar: anything,
    parent_sales_account_id: number,
    recent_note: text,
    last_contacted_via_chat: text,
    last_contacted_via_sales_activity: text,
    last_contacted_sales_activity_mode: either,
    territory_id: number,
    creater_id: number,
    updater_id: number,
    industry_type_id: number,
    business_type_id: number
  }
)
export type SalesAccount = typeof SalesAccount.Type

export const Lead = entity(
  { id: Schema.Number },
  {
    job_title: text,
    department: text,
    email: text,
    work_number: text,
    mobile_number: text,
    address: text,
    city: text,
    state: text,
    zipcode: either,
    country: text,
    time_zone: text,
    do_not_disturb: flag,
    display_name: text,
    avatar: anything,
    keyword: text,
    medium: text,
    last_seen: anything,
    last_contacted: anything,
    lead_score: either,
    lead_quality: either,
    stage_updated_time: text,
    first_name: text,
    last_name: text,
    company: record,
    deal: record,
    links: record,
    custom_field: record,
    created_at: text,
    updated_at: text,
    last_contacted_sales_activity_mode: either,
    has_authority: flag,
    email_status: text,
    last_contacted_mode: either,
    recent_note: text,
    last_contacted_via_chat: text,
    last_contacted_via_sales_activity: text,
    facebook: text,
    twitter: text,
    linkedin: text,
    owner_id: number,
    lead_stage_id: number,
    lead_source_id: number,
    updater_id: number,
    territory_id: number,
    lead_reason_id: number,
    campaign_id: number,
    creater_id: number
  }
)
export type Lead = typeof Lead.Type

export const Task = entity(
  { id: Schema.Number },
  {
    status: either,
    due_date: text,
    title: text,
    description: text,
    is_deleted: flag,
    completed_date: text,
    created_at: text,
    updated_at: text,
    task_type_id: number,
    owner_id: number,
    creator_id: number,
    updater_id: number,
    outcome_id: number,
    targetable_id: number,
    targetable_type: text
  }
)
export type Task = typeof Task.Type

export const Appointment = entity(
  { id: Schema.Number },
  {
    targetable_id: number,
    targetable_type: text,
    title: text,
    description: text,
    from_date: text,
    end_date: text,
    time_zone: text,
    creator_id: number,
    updater_id: number,
    created_at: text,
    updated_at: text,
    latitude: anything,
    longitude: anything,
    location: text,
    is_deleted: flag,
    checkedin_at: anything,
    is_allday: flag,
    outcome_id: number
  }
)
export type Appointment = typeof Appointment.Type
