/** A simulated Freshservice account: its entities and its happenings (shapes.json, `freshservice`). */
import { freshservice } from "../../providers/index.js"
import { type Entity, entityModel } from "../Entity.js"
import type { RandomStream } from "../Randomness.js"
import type { WorldModel } from "../WorldModel.js"

const day = 86_400_000

const ticket = (random: RandomStream, n: number, requester: unknown, group: number): Entity => ({
  cc_emails: [],
  fwd_emails: [],
  reply_cc_emails: [],
  fr_escalated: false,
  spam: false,
  priority: 1 + random.below(4),
  requester_id: requester,
  responder_id: null,
  group_id: group,
  source: 1 + random.below(3),
  status: 2,
  subject: `Incident ${n + 1}`,
  type: random.pick(["Incident", "Service Request"]),
  is_escalated: false,
  tags: [],
  description: `<div>Details of incident ${n + 1}</div>`,
  description_text: `Details of incident ${n + 1}`,
  custom_fields: { cost_centre: null }
})

const change = (random: RandomStream, n: number, requester: unknown): Entity => ({
  requester_id: requester,
  agent_id: 2001,
  group_id: 71,
  priority: 1 + random.below(4),
  impact: 1 + random.below(3),
  status: 1,
  risk: 1 + random.below(3),
  change_type: 1 + random.below(3),
  approval_status: 4,
  subject: `Change ${n + 1}`,
  description: `<div>Plan of change ${n + 1}</div>`,
  description_text: `Plan of change ${n + 1}`,
  planned_start_date: null,
  planned_end_date: null,
  category: "Network",
  assets: [],
  custom_fields: { window: null }
})

const asset = (random: RandomStream, n: number): Entity => ({
  id: 900_001 + n,
  name: `Laptop ${n + 1}`,
  description: null,
  asset_type_id: 31,
  impact: "low",
  author_type: "User",
  usage_type: "permanent",
  asset_tag: `ASSET-${n + 1}`,
  user_id: null,
  department_id: 1 + random.below(5),
  location_id: null,
  agent_id: null,
  group_id: null,
  assigned_on: null
})

const requester = (n: number): Entity => ({
  first_name: "Requester",
  last_name: String(n + 1),
  job_title: null,
  primary_email: `requester${n + 1}@acme.example`,
  secondary_emails: [],
  work_phone_number: null,
  mobile_phone_number: null,
  department_ids: [],
  active: true,
  has_logged_in: false,
  time_zone: "UTC",
  language: "en",
  custom_fields: {}
})

const conversation = (random: RandomStream, ticketId: unknown): Entity => ({
  user_id: 2001,
  source: 0,
  incoming: random.next() < 0.5,
  body: `<div>Note ${random.below(1_000_000)}</div>`,
  body_text: "Note",
  attachments: [],
  ticket_id: ticketId
})

export const freshserviceModel: WorldModel = {
  provider: freshservice,
  actors: { api: { type: "agent", id: 2001 }, people: { type: "agent", id: 2002 } },
  complete: (_, record) => record,
  entities: {
    ticket: entityModel(freshservice, "ticket"),
    change: entityModel(freshservice, "change"),
    problem: entityModel(freshservice, "problem"),
    release: entityModel(freshservice, "release"),
    asset: entityModel(freshservice, "asset"),
    requester: entityModel(freshservice, "requester", { firstId: 3001 }),
    agent: entityModel(freshservice, "agent", { firstId: 2001 }),
    conversation: entityModel(freshservice, "conversation", { firstId: 50_001 })
  },
  populate: ({ add, ids }, random, entities) => {
    const share = (part: number) => Math.max(2, Math.round(entities * part))
    const any = (name: string) => random.pick(ids(name))
    for (let n = 0; n < 4; n++)
      add(
        "agent",
        { first_name: "Agent", last_name: String(n + 1), email: `agent${n + 1}@acme.example`, active: true },
        100 * day,
        300 * day
      )
    for (let n = 0; n < share(0.25); n++) add("requester", requester(n), 31 * day, 200 * day)
    for (let n = 0; n < share(0.35); n++) add("asset", asset(random, n), 31 * day, 200 * day)
    for (let n = 0; n < share(0.3); n++)
      add("ticket", ticket(random, n, any("requester"), 71 + (n % 3)), day / 24, 40 * day)
    for (let n = 0; n < share(0.08); n++) add("change", change(random, n, any("requester")), day / 24, 60 * day)
    for (let n = 0; n < share(0.02); n++)
      add(
        "problem",
        { subject: `Problem ${n + 1}`, status: 1, priority: 2, known_error: false, custom_fields: {} },
        day,
        60 * day
      )
    for (let n = 0; n < share(0.01); n++)
      add(
        "release",
        { subject: `Release ${n + 1}`, status: 1, priority: 2, release_type: 1, custom_fields: {} },
        day,
        60 * day
      )
  },
  happenings: ({ any, change: make, count, live, random }) => {
    const aTicket = () => live("ticket", true)
    const aChange = () => live("change", true)
    return [
      [
        14,
        () => make("ticket", "create", null, ticket(random, count("ticket"), any("requester"), 71 + random.below(3)))
      ],
      [16, () => make("ticket", "update", aTicket(), { status: random.pick([2, 3, 4, 5]) })],
      [8, () => make("ticket", "update", aTicket(), { responder_id: any("agent"), group_id: 71 + random.below(3) })],
      [5, () => make("ticket", "update", aTicket(), { priority: 1 + random.below(4) })],
      [4, () => make("ticket", "update", aTicket(), { tags: [`case-${random.below(1000)}`] })],
      [5, () => make("ticket", "update", aTicket(), { custom_fields: { cost_centre: `CC-${random.below(999)}` } })],
      [
        18,
        () => {
          const noted = aTicket()
          if (noted !== null) make("conversation", "create", null, conversation(random, noted))
        }
      ],
      [3, () => make("change", "create", null, change(random, count("change"), any("requester")))],
      [8, () => make("change", "update", aChange(), { status: 1 + random.below(6) })],
      [3, () => make("change", "update", aChange(), { custom_fields: { window: `W${random.below(99)}` } })],
      [
        6,
        () =>
          make("asset", "update", live("asset"), {
            user_id: any("requester"),
            usage_type: random.pick(["permanent", "loaner"])
          })
      ],
      [1, () => make("asset", "create", null, asset(random, count("asset")))],
      [3, () => make("requester", "update", live("requester"), { job_title: `Role ${random.below(500)}` })],
      [1, () => make("problem", "update", live("problem"), { status: 1 + random.below(3) })],
      [1, () => make("ticket", "delete", aTicket(), {})]
    ]
  }
}
