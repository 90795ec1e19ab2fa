/**
 * Which changes Freshdesk pushes, by route, and which it does not (FRESHWORKS.md, "What a push does not cover").
 * Every change moves `updated_at`, so a poller sees it; what no event covers has to come by reconciliation.
 */
import { appEvents, covers } from "../CatalogueParts.js"
import type { Provider } from "../Provider.js"

/**
 * `onTicketUpdate` fires for these, on spam and on escalation; not for tags, custom fields, replies or notes [docs].
 */
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

/**
 * `onContactUpdate`: name, title, e-mail, company, phones, address, time zone, language, external id, tags, about
 * [docs].
 */
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

/** Ticket fields that a rule of hookshift's names when nothing narrower is known (shapes.json, `ticket`). */
const ruleFields = ["status", "priority", "type", "source", "responder_id", "group_id", "tags"]

const all = ["create", "update", "delete"] as const
const made = ["create", "update"] as const

export const freshdeskRoutes: Provider["routes"] = {
  app: {
    ticket: covers("ticket", all, ticketFields),
    contact: covers("contact", made, contactFields),
    company: covers("company", made, companyFields),
    conversation: covers("conversation", all, ["body", "body_text"])
  },
  rule: {
    // An automation rule watches the ticket fields that it names, custom fields too; tickets only, no deletes [docs].
    // It fires on replies and notes as well [field]. Their own ids have no documented placeholder, so the delivery is
    // the ticket's update, and reconciliation reads the reply.
    ticket: {
      ...covers("ticket", made, ruleFields),
      customFields: true,
      onDependants: { conversation: ["reply_sent", "note_type"] }
    }
  }
}

export const freshdeskAppEvents: Provider["appEvents"] = {
  ...appEvents("support_ticket", "ticket", "Ticket", all),
  ...appEvents("support_ticket", "conversation", "Conversation", all),
  ...appEvents("support_contact", "contact", "Contact", made),
  ...appEvents("support_company", "company", "Company", made)
}
