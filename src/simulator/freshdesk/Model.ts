/** A simulated Freshdesk account: its entities and its happenings (shapes.json, `freshdesk`). */
import { toWholeSecondIso } from "../../domain/Time.js"
import { freshdesk } from "../../providers/index.js"
import { type Entity, type EntityId, entityModel } from "../Entity.js"
import type { RandomStream } from "../Randomness.js"
import type { WorldModel } from "../WorldModel.js"
import { ticketScope } from "./Agents.js"
import { noteSource } from "./RuleFiring.js"

const day = 86_400_000
const ticketTypes = ["Question", "Incident", "Problem", "Feature Request", "Refund"]

/** The account's service level: first answer within 8 hours, solution within 3 days. */
const withDueTimes = (entity: string, record: Entity): Entity => {
  if (entity !== "ticket") return record
  const created = Date.parse(String(record["created_at"]))
  return { ...record, fr_due_by: toWholeSecondIso(created + day / 3), due_by: toWholeSecondIso(created + 3 * day) }
}

/** Longer texts are cut in an event [assumed]; the API shows them whole. */
const longestPushedText = 10_000
const pushedTexts: Readonly<Record<string, ReadonlyArray<string>>> = {
  ticket: ["description", "description_text"],
  conversation: ["body", "body_text"]
}

/**
 * Shown by the API, and in no event (shapes.json, `contact` and `onContactUpdate`), beside what the catalogue names.
 */
const shownOnly: Readonly<Record<string, ReadonlyArray<string>>> = {
  contact: ["other_companies", "view_all_tickets", "avatar"]
}

/** Events cut long texts and say so (shapes.json, `is_description_truncated`). */
const inEvent = (entity: string, record: Entity): Entity => {
  const cut: Record<string, unknown> = { ...record }
  for (const name of shownOnly[entity] ?? []) delete cut[name]
  for (const name of pushedTexts[entity] ?? []) {
    const text = record[name]
    if (typeof text !== "string") continue
    cut[name] = text.slice(0, longestPushedText)
    cut[`is_${name}_truncated`] = text.length > longestPushedText
  }
  return cut
}

const phone = (random: RandomStream): string => `+1555${String(random.below(10_000_000)).padStart(7, "0")}`

const newAgent = (n: number): Record<string, unknown> => ({
  available: true,
  occasional: false,
  // Each second agent sees a part only: its groups' tickets and its own, and each eighth its own alone.
  ticket_scope: n % 2 === 0 ? ticketScope.global : n % 8 === 5 ? ticketScope.restricted : ticketScope.group,
  group_ids: [51 + (n % 4)],
  contact: { name: `Agent ${n + 1}`, email: `agent${n + 1}@acme.example`, active: true }
})

const newCompany = (n: number): Record<string, unknown> => ({
  name: `Company ${n + 1}`,
  description: null,
  note: null,
  domains: [`company${n + 1}.example`],
  custom_fields: {}
})

const newContact = (random: RandomStream, n: number, company: EntityId): Record<string, unknown> => ({
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

const newTicket = (
  random: RandomStream,
  n: number,
  requester: EntityId,
  responder: EntityId | null,
  group: EntityId
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

const newConversation = (random: RandomStream, ticket: EntityId, author: EntityId): Record<string, unknown> => {
  const body = `<div>Reply ${random.below(1_000_000)}</div>`
  const comesIn = random.next() < 0.5
  const isNote = random.next() < 0.2
  return {
    body,
    body_text: "Reply",
    incoming: comesIn && !isNote,
    private: isNote,
    user_id: author,
    source: isNote ? noteSource : 0,
    ticket_id: ticket
  }
}

// That these move their ticket's stamp is not documented [assumed].
const besideReplies = { parent: { entity: "ticket", idField: "ticket_id", touches: true } }

const tags = ["vip", "refund", "bug", "billing", "escalate", "feedback", "shipping"]
const regions = ["emea", "apac", "amer"]

export const freshdeskModel: WorldModel = {
  provider: freshdesk,
  actors: { api: { type: "agent", id: 101 }, people: { type: "agent", id: 102 } },
  complete: withDueTimes,
  pushed: inEvent,
  entities: {
    ticket: entityModel(freshdesk, "ticket"),
    contact: entityModel(freshdesk, "contact", { firstId: 1001 }),
    company: entityModel(freshdesk, "company", { firstId: 501 }),
    agent: entityModel(freshdesk, "agent", { firstId: 101 }),
    conversation: entityModel(freshdesk, "conversation", { firstId: 10_001 }),
    time_entry: entityModel(freshdesk, "time_entry", { firstId: 20_001, ...besideReplies }),
    satisfaction_rating: entityModel(freshdesk, "satisfaction_rating", { firstId: 30_001, ...besideReplies }),
    group: entityModel(freshdesk, "group", { firstId: 51 })
  },
  populate: ({ add, ids }, random, entities) => {
    const share = (part: number) => Math.max(2, Math.round(entities * part))
    const any = (name: string) => random.pick(ids(name))
    for (let n = 0; n < 4; n++) add("group", { name: `Group ${n + 1}`, agent_ids: [] }, 100 * day, 300 * day)
    for (let n = 0; n < share(0.02); n++) add("agent", newAgent(n), 100 * day, 300 * day)
    for (let n = 0; n < share(0.08); n++) add("company", newCompany(n), 40 * day, 200 * day)
    for (let n = 0; n < share(0.45); n++) add("contact", newContact(random, n, any("company")), 31 * day, 200 * day)
    for (let n = 0; n < share(0.45); n++)
      add("ticket", newTicket(random, n, any("contact"), any("agent"), any("group")), day / 24, 40 * day)
    for (const ticket of ids("ticket")) {
      for (let n = random.below(3); n > 0; n--)
        add("conversation", newConversation(random, ticket, any("contact")), day / 24, 20 * day)
    }
  },
  happenings: ({ any, change, count, live, random }) => {
    const ticket = () => live("ticket", true)
    return [
      [
        14,
        () => change("ticket", "create", null, newTicket(random, count("ticket"), any("contact"), null, any("group")))
      ],
      [14, () => change("ticket", "update", ticket(), { status: random.pick([2, 3, 4, 5]) })],
      [8, () => change("ticket", "update", ticket(), { responder_id: any("agent"), group_id: any("group") })],
      [6, () => change("ticket", "update", ticket(), { priority: 1 + random.below(4) })],
      [3, () => change("ticket", "update", ticket(), { type: random.pick(ticketTypes) })],
      [6, () => change("ticket", "update", ticket(), { tags: [random.pick(tags), `case-${random.below(1000)}`] })],
      [
        6,
        () =>
          change("ticket", "update", ticket(), {
            custom_fields: { cf_region: random.pick(regions), cf_order: `A-${random.below(99_999)}` }
          })
      ],
      [
        26,
        () => {
          const replied = ticket()
          if (replied !== null) change("conversation", "create", null, newConversation(random, replied, any("contact")))
        }
      ],
      [
        7,
        () =>
          change(
            "contact",
            "update",
            live("contact"),
            random.next() < 0.5 ? { phone: phone(random) } : { job_title: `Role ${random.below(500)}` }
          )
      ],
      [
        2,
        () => change("contact", "update", live("contact"), { custom_fields: { cf_tier: `tier-${random.below(100)}` } })
      ],
      [3, () => change("contact", "create", null, newContact(random, count("contact"), any("company")))],
      [2, () => change("company", "update", live("company"), { note: `Note ${random.below(10_000)}` })],
      [1, () => change("ticket", "update", ticket(), { spam: true })],
      [1, () => change("ticket", "delete", ticket(), {})]
    ]
  }
}
