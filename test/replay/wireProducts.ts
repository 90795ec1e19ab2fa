/** The changes that can happen in an account of each product on a random day, and how it is polled. */
import type { Route } from "../../src/providers/index.js"
import type { SimulatedProductName } from "../../src/simulator/index.js"

type Fields = Readonly<Record<string, unknown>>
export type WireId = number | string

export interface WireList {
  readonly path: string
  readonly itemsAt: string
  readonly mode: "since" | "newest" | "whole"
  readonly filter?: string
  /** The filter takes whole seconds. */
  readonly seconds?: boolean
  readonly perPage: number
  readonly perPageName: string
  /** The body tells how many pages there are. */
  readonly total?: boolean
  /** The dependants of an item, read for each that changed. */
  readonly detail?: { readonly path: string; readonly entity: string }
}

export interface WireType {
  readonly entity: string
  /** How often it is the one that something happens to, beside the others. */
  readonly weight: number
  readonly idOf: (n: number) => WireId
  /** The most that there are in the beginning. */
  readonly most: number
  readonly fields: (name: string) => Fields
  /** A field whose change fires an event by the app, and one whose change may not. */
  readonly pushed: (value: string) => Fields
  readonly silent: (value: string) => Fields
  readonly parent?: { readonly entity: string; readonly field: string }
  /** Nothing happens to it once it is made. */
  readonly onlyMade?: boolean
  readonly undeletable?: boolean
  /** Somebody polls its list. */
  readonly list?: WireList
}

export interface WireProduct {
  readonly account: string
  readonly authorization: string
  readonly routes: ReadonlyArray<Route>
  /** The first is always looked after. */
  readonly types: ReadonlyArray<WireType>
  readonly stampMs: number
  readonly limitPeriod: "minute" | "hour"
}

const basic = `Basic ${Buffer.from("key:X").toString("base64")}`
const from =
  (first: number) =>
  (n: number): number =>
    first + n
const uuid =
  (kind: number) =>
  (n: number): string =>
    `00000000-0000-4000-a00${kind}-${String(n).padStart(12, "0")}`

const tickets = (itemsAt: string, detail: boolean): WireList => ({
  path: "/api/v2/tickets",
  itemsAt,
  mode: "since",
  filter: "updated_since",
  seconds: true,
  perPage: 100,
  perPageName: "per_page",
  ...(detail ? { detail: { path: "/api/v2/tickets/{id}/conversations", entity: "conversation" } } : {})
})
const whole = (path: string, itemsAt: string): WireList => ({
  path,
  itemsAt,
  mode: "whole",
  perPage: 100,
  perPageName: "per_page"
})
const kindsOfReply = [{ incoming: true }, { private: true, source: 2 }, { incoming: false, private: false }]
const reply: WireType = {
  entity: "conversation",
  weight: 3,
  idOf: from(5_000),
  most: 0,
  fields: (name) => kindsOfReply[Number(name.split(" ")[1]) % kindsOfReply.length]!,
  pushed: () => ({}),
  silent: () => ({}),
  parent: { entity: "ticket", field: "ticket_id" },
  onlyMade: true
}

const freshdesk: WireProduct = {
  account: "acme.freshdesk.com",
  authorization: basic,
  routes: ["app", "rule"],
  stampMs: 1_000,
  limitPeriod: "minute",
  types: [
    {
      entity: "ticket",
      weight: 6,
      idOf: from(1),
      most: 130,
      fields: (name) => ({ name, custom_fields: { cf_tier: null } }),
      pushed: (priority) => ({ priority }),
      silent: (tag) => ({ tags: [tag] }),
      list: tickets("", true)
    },
    {
      entity: "contact",
      weight: 2,
      idOf: from(1_000),
      most: 12,
      fields: (name) => ({ name, custom_fields: { cf_tier: null } }),
      pushed: (value) => ({ job_title: value }),
      silent: (value) => ({ custom_fields: { cf_tier: value } }),
      list: { ...whole("/api/v2/contacts", ""), mode: "since", filter: "_updated_since", seconds: true }
    },
    {
      entity: "company",
      weight: 2,
      idOf: from(2_000),
      most: 12,
      fields: (name) => ({ name, custom_fields: { cf_tier: null } }),
      pushed: (note) => ({ note }),
      silent: (value) => ({ custom_fields: { cf_tier: value } }),
      list: whole("/api/v2/companies", "")
    },
    reply
  ]
}

const freshservice: WireProduct = {
  account: "acme.freshservice.com",
  authorization: basic,
  routes: ["app", "ui"],
  stampMs: 1_000,
  limitPeriod: "minute",
  types: [
    {
      entity: "ticket",
      weight: 6,
      idOf: from(1),
      most: 130,
      fields: (subject) => ({ subject, custom_fields: { cost_centre: null } }),
      pushed: (priority) => ({ priority }),
      silent: (value) => ({ custom_fields: { cost_centre: value } }),
      list: tickets("tickets", true)
    },
    {
      entity: "change",
      weight: 2,
      idOf: from(1),
      most: 20,
      fields: (subject) => ({ subject, custom_fields: { window: null } }),
      pushed: (status) => ({ status }),
      silent: (value) => ({ custom_fields: { window: value } }),
      list: { ...tickets("changes", false), path: "/api/v2/changes" }
    },
    {
      entity: "asset",
      weight: 2,
      idOf: from(1),
      most: 120,
      fields: (name) => ({ id: Number(/\d+/.exec(name)?.[0]) + 900_000, name, usage_type: "permanent" }),
      pushed: (value) => ({ usage_type: value }),
      silent: (description) => ({ description }),
      list: whole("/api/v2/assets", "assets")
    },
    {
      entity: "requester",
      weight: 1,
      idOf: from(3_001),
      most: 20,
      fields: (first_name) => ({ first_name, custom_fields: {} }),
      pushed: (value) => ({ job_title: value }),
      silent: (value) => ({ custom_fields: { badge: value } }),
      list: whole("/api/v2/requesters", "requesters")
    },
    {
      entity: "problem",
      weight: 1,
      idOf: from(1),
      most: 10,
      fields: (subject) => ({ subject, custom_fields: {} }),
      pushed: (status) => ({ status }),
      silent: (value) => ({ custom_fields: { cause: value } })
    },
    reply
  ]
}

const view = (entity: string, id: number): WireList => ({
  path: `/crm/sales/api/${entity}s/view/${id}`,
  itemsAt: `${entity}s`,
  mode: "newest",
  perPage: 25,
  perPageName: "per_page",
  total: true
})

const freshsales: WireProduct = {
  account: "acme.myfreshworks.com",
  authorization: "Token token=key",
  routes: ["app", "ui"],
  stampMs: 1_000,
  limitPeriod: "hour",
  types: [
    {
      entity: "contact",
      weight: 5,
      idOf: from(70_001),
      most: 90,
      fields: (display_name) => ({ display_name, custom_field: { cf_segment: null } }),
      pushed: (value) => ({ job_title: value }),
      silent: (value) => ({ custom_field: { cf_segment: value } }),
      list: view("contact", 4_002)
    },
    {
      entity: "deal",
      weight: 4,
      idOf: from(60_001),
      most: 60,
      fields: (name) => ({ name, amount: "100.0", custom_field: { cf_source: null } }),
      pushed: (amount) => ({ amount }),
      silent: (value) => ({ custom_field: { cf_source: value } }),
      list: view("deal", 4_012)
    },
    {
      entity: "sales_account",
      weight: 1,
      idOf: from(50_001),
      most: 20,
      fields: (name) => ({ name, custom_field: {} }),
      pushed: (phone) => ({ phone }),
      silent: (city) => ({ city }),
      list: view("sales_account", 4_022)
    },
    {
      entity: "lead",
      weight: 1,
      idOf: from(40_001),
      most: 10,
      fields: (first_name) => ({ first_name, custom_field: {} }),
      pushed: (value) => ({ last_name: value }),
      silent: (value) => ({ custom_field: { cf_note: value } })
    },
    {
      entity: "task",
      weight: 1,
      idOf: from(30_001),
      most: 40,
      fields: (title) => ({ title, status: "open", is_deleted: false }),
      pushed: (title) => ({ title }),
      silent: (description) => ({ description })
    }
  ]
}

const freshchat: WireProduct = {
  account: "acme.freshchat.com",
  authorization: "Bearer key",
  routes: ["app", "ui"],
  stampMs: 1,
  limitPeriod: "minute",
  types: [
    {
      entity: "user",
      weight: 3,
      idOf: uuid(1),
      most: 45,
      fields: (first_name) => ({ first_name, properties: [] }),
      pushed: (phone) => ({ phone }),
      silent: (email) => ({ email }),
      // Nothing lists the conversations beneath a user that is deleted.
      undeletable: true,
      list: {
        path: "/v2/users",
        itemsAt: "users",
        mode: "since",
        filter: "updated_from",
        perPage: 20,
        perPageName: "items_per_page",
        total: true
      }
    },
    {
      entity: "conversation",
      weight: 3,
      idOf: uuid(2),
      most: 12,
      fields: () => ({ status: "new", assigned_agent_id: null, properties: { priority: null } }),
      pushed: (value) => ({ assigned_agent_id: value }),
      silent: (priority) => ({ properties: { priority } }),
      parent: { entity: "user", field: "user_id" },
      undeletable: true
    },
    {
      entity: "message",
      weight: 5,
      idOf: uuid(3),
      most: 20,
      fields: (content) => ({ message_type: "normal", message_parts: [{ text: { content } }] }),
      pushed: () => ({}),
      silent: () => ({}),
      parent: { entity: "conversation", field: "conversation_id" },
      onlyMade: true
    }
  ]
}

export const wireProducts: Readonly<Record<SimulatedProductName, WireProduct>> = {
  freshdesk,
  freshservice,
  freshsales,
  freshchat
}
