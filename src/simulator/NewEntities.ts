/** How a new ticket, contact, company, agent or reply looks before anything happens to it (shapes.json, `freshdesk`). */
import { toWholeSecondIso } from "../domain/Time.js"
import type { Entity, EntityName } from "./Entity.js"
import type { RandomStream } from "./Randomness.js"

const day = 86_400_000
export const ticketTypes = ["Question", "Incident", "Problem", "Feature Request", "Refund"]

/** The account's service level: first answer within 8 hours, solution within 3 days. */
export const withDueTimes = (entity: EntityName, record: Entity): Entity => {
  if (entity !== "ticket") return record
  const created = Date.parse(record.created_at)
  return { ...record, fr_due_by: toWholeSecondIso(created + day / 3), due_by: toWholeSecondIso(created + 3 * day) }
}

export const phone = (random: RandomStream): string => `+1555${String(random.below(10_000_000)).padStart(7, "0")}`

export const newAgent = (n: number): Record<string, unknown> => ({
  available: true,
  occasional: false,
  ticket_scope: 1,
  group_ids: [51 + (n % 4)],
  contact: { name: `Agent ${n + 1}`, email: `agent${n + 1}@acme.example`, active: true }
})

export const newCompany = (n: number): Record<string, unknown> => ({
  name: `Company ${n + 1}`,
  description: null,
  note: null,
  domains: [`company${n + 1}.example`],
  custom_fields: {}
})

export const newContact = (random: RandomStream, n: number, company: number): Record<string, unknown> => ({
  active: true,
  address: null,
  company_id: company,
  description: null,
  email: `contact${n + 1}@customer.example`,
  job_title: null,
  language: "en",
  mobile: null,
  name: `Contact ${n + 1}`,
  phone: phone(random),
  time_zone: "UTC",
  tags: [],
  custom_fields: { cf_tier: null }
})

export const newTicket = (
  random: RandomStream,
  n: number,
  requester: number,
  responder: number | null,
  group: number
): Record<string, unknown> => ({
  cc_emails: [],
  fwd_emails: [],
  reply_cc_emails: [],
  fr_escalated: false,
  spam: false,
  group_id: group,
  priority: 1 + random.below(4),
  requester_id: requester,
  responder_id: responder,
  source: 1 + random.below(3),
  company_id: null,
  status: 2,
  subject: `Request ${n + 1}`,
  description: `<div>Details of request ${n + 1}</div>`,
  description_text: `Details of request ${n + 1}`,
  type: random.pick(ticketTypes),
  is_escalated: false,
  tags: [],
  custom_fields: { cf_region: null, cf_order: null }
})

export const newConversation = (random: RandomStream, ticket: number, author: number): Record<string, unknown> => ({
  body: `<div>Reply ${random.below(1_000_000)}</div>`,
  body_text: "Reply",
  incoming: random.next() < 0.5,
  private: random.next() < 0.2,
  user_id: author,
  source: 0,
  ticket_id: ticket
})

/** What an entity has that was made with nothing said of it. */
export const blank = (entity: EntityName): Record<string, unknown> =>
  entity === "ticket" ? { status: 2, priority: 1, source: 2, spam: false, tags: [], custom_fields: {} } : {}
