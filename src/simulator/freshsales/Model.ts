/** A simulated Freshsales account: its entities and its happenings (shapes.json, `freshsales`). */
import { freshsales } from "../../providers/index.js"
import { type Entity, entityModel } from "../Entity.js"
import type { RandomStream } from "../Randomness.js"
import type { WorldModel } from "../WorldModel.js"

const day = 86_400_000

const contact = (random: RandomStream, n: number, account: unknown): Entity => ({
  first_name: "Lead",
  last_name: String(n + 1),
  display_name: `Lead ${n + 1}`,
  job_title: null,
  city: random.pick(["Berlin", "Paris", "Oslo"]),
  email: `lead${n + 1}@customer.example`,
  work_number: null,
  mobile_number: null,
  lead_score: random.below(100),
  lead_quality: null,
  last_contacted: null,
  owner_id: 1,
  contact_status_id: 1,
  lifecycle_stage_id: 1,
  sales_account_id: account,
  custom_field: { cf_segment: null },
  links: {}
})

const deal = (random: RandomStream, n: number, account: unknown): Entity => ({
  name: `Deal ${n + 1}`,
  amount: `${(1 + random.below(500)) * 100}.0`,
  expected_close: null,
  closed_date: null,
  probability: 20,
  age: 0,
  owner_id: 1,
  deal_pipeline_id: 1,
  deal_stage_id: 1,
  sales_account_id: account,
  custom_field: { cf_source: null },
  links: {}
})

const account = (n: number): Entity => ({
  name: `Account ${n + 1}`,
  city: null,
  country: null,
  number_of_employees: null,
  annual_revenue: null,
  website: `https://account${n + 1}.example`,
  phone: null,
  owner_id: 1,
  custom_field: {},
  links: {}
})

export const freshsalesModel: WorldModel = {
  provider: freshsales,
  actors: { api: { type: "user", id: 1 }, people: { type: "user", id: 2 } },
  complete: (_, record) => record,
  entities: {
    contact: entityModel(freshsales, "contact", { firstId: 70_001 }),
    deal: entityModel(freshsales, "deal", { firstId: 60_001 }),
    sales_account: entityModel(freshsales, "sales_account", { firstId: 50_001 }),
    lead: entityModel(freshsales, "lead", { firstId: 40_001 }),
    task: entityModel(freshsales, "task", { firstId: 30_001 }),
    appointment: entityModel(freshsales, "appointment", { firstId: 20_001 })
  },
  populate: ({ add, ids }, random, entities) => {
    const share = (part: number) => Math.max(2, Math.round(entities * part))
    const any = (name: string) => random.pick(ids(name))
    for (let n = 0; n < share(0.15); n++) add("sales_account", account(n), 31 * day, 300 * day)
    for (let n = 0; n < share(0.5); n++) add("contact", contact(random, n, any("sales_account")), 2 * day, 200 * day)
    for (let n = 0; n < share(0.25); n++) add("deal", deal(random, n, any("sales_account")), 2 * day, 120 * day)
    for (let n = 0; n < share(0.03); n++)
      add(
        "lead",
        { first_name: "Old lead", last_name: String(n + 1), lead_stage_id: 1, custom_field: {} },
        2 * day,
        120 * day
      )
    for (let n = 0; n < share(0.05); n++)
      add(
        "task",
        { title: `Task ${n + 1}`, status: "open", due_date: null, owner_id: 1, is_deleted: false },
        day,
        20 * day
      )
    for (let n = 0; n < share(0.03); n++)
      add(
        "appointment",
        { title: `Meeting ${n + 1}`, from_date: null, end_date: null, is_deleted: false },
        day,
        20 * day
      )
  },
  happenings: ({ any, change, count, live, random }) => [
    [10, () => change("contact", "create", null, contact(random, count("contact"), any("sales_account")))],
    [
      18,
      () =>
        change("contact", "update", live("contact"), {
          lead_score: random.below(100),
          contact_status_id: 1 + random.below(4)
        })
    ],
    [
      6,
      () =>
        change("contact", "update", live("contact"), { custom_field: { cf_segment: `segment-${random.below(50)}` } })
    ],
    [6, () => change("deal", "create", null, deal(random, count("deal"), any("sales_account")))],
    [
      20,
      () =>
        change("deal", "update", live("deal"), {
          deal_stage_id: 1 + random.below(6),
          amount: `${(1 + random.below(500)) * 100}.0`
        })
    ],
    [
      4,
      () =>
        change("sales_account", "update", live("sales_account"), {
          phone: `+1555${String(random.below(10_000_000)).padStart(7, "0")}`
        })
    ],
    [5, () => change("task", "create", null, { title: `Task ${count("task") + 1}`, due_date: null, owner_id: 1 })],
    [5, () => change("task", "update", live("task"), { status: random.pick(["open", "completed"]) })],
    [2, () => change("appointment", "update", live("appointment"), { location: `Room ${random.below(20)}` })],
    [1, () => change("contact", "delete", live("contact"), {})]
  ]
}
