/**
 * Which changes Freshdesk pushes, by route, and which it does not (FRESHWORKS.md, "What a push does not cover").
 * Every change moves `updated_at`, so a poller sees it; what no event covers has to come by reconciliation.
 */
import type { Route, RouteCoverage } from "../Provider.js"

const none: RouteCoverage = { create: null, update: null, delete: null, updateFields: new Set() }

/** `onTicketUpdate` fires for these, on spam and on escalation; not for tags, custom fields, replies or notes [docs]. */
const ticketFields = new Set([
  "status",
  "priority",
  "type",
  "source",
  "responder_id",
  "group_id",
  "spam",
  "is_escalated",
  "fr_escalated"
])

/** `onContactUpdate`: name, title, e-mail, company, phones, address, time zone, language, external id, tags, about [docs]. */
const contactFields = new Set([
  "name",
  "job_title",
  "email",
  "company_id",
  "phone",
  "mobile",
  "address",
  "time_zone",
  "language",
  "unique_external_id",
  "tags",
  "description"
])

/** Which company fields fire is not documented: the plain ones are assumed, custom fields are not [assumed]. */
const companyFields = new Set(["name", "description", "note", "domains"])

export const freshdeskRoutes: Readonly<Record<Route, Readonly<Record<string, RouteCoverage>>>> = {
  app: {
    ticket: { create: "ticket_create", update: "ticket_update", delete: "ticket_delete", updateFields: ticketFields },
    contact: { create: "contact_create", update: "contact_update", delete: null, updateFields: contactFields },
    company: { create: "company_create", update: "company_update", delete: null, updateFields: companyFields },
    conversation: {
      create: "conversation_create",
      update: "conversation_update",
      delete: null,
      updateFields: new Set(["body", "body_text"])
    },
    agent: none
  },
  rule: {
    // An automation rule can watch any ticket field that it names, custom fields too; tickets only, no deletes [docs].
    ticket: { create: "ticket_create", update: "ticket_update", delete: null, updateFields: "all" }
  }
}

/** The platform's name of each event and the module that subscribes to it (platform 3.0). */
export const freshdeskAppEvents: Readonly<Record<string, { readonly module: string; readonly productEvent: string }>> =
  {
    ticket_create: { module: "support_ticket", productEvent: "onTicketCreate" },
    ticket_update: { module: "support_ticket", productEvent: "onTicketUpdate" },
    ticket_delete: { module: "support_ticket", productEvent: "onTicketDelete" },
    conversation_create: { module: "support_ticket", productEvent: "onConversationCreate" },
    conversation_update: { module: "support_ticket", productEvent: "onConversationUpdate" },
    contact_create: { module: "support_contact", productEvent: "onContactCreate" },
    contact_update: { module: "support_contact", productEvent: "onContactUpdate" },
    company_create: { module: "support_company", productEvent: "onCompanyCreate" },
    company_update: { module: "support_company", productEvent: "onCompanyUpdate" }
  }
