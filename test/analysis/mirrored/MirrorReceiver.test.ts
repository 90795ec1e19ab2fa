/** The types that only the mirror's way reconciles: each figure is derived in the comments. */
import { describe, expect, it } from "vitest"
import { type AnalysisSettings, analyse, migrationPlanOf } from "../../../src/analysis/index.js"
import { mirrorPlans, replayPlans } from "../../../src/audit/ReplayPlans.js"
import { makeRecording } from "../../support/recording.js"
import { settings } from "./settings.js"

interface Contacts {
  /** Pages of a poll. */
  readonly pages: number
  readonly query?: string
  /** Of the hourly changes, each n-th is of a field that no event tells. */
  readonly untoldEvery?: number
  readonly everySeconds?: number
  /** Of the feed of tickets. */
  readonly feedQuery?: string
}

const day = 86_400

/** A feed of tickets, which events replace, and a program that lists contacts, of which one changes each hour. */
const recorded = ({
  everySeconds = 600,
  feedQuery = "updated_since=*",
  pages,
  query = "per_page=100",
  untoldEvery = 4
}: Contacts) => {
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query: feedQuery, integration: "feed" })
  for (let sweep = 0; sweep < 288; sweep++) {
    const call = recording.call(tickets, sweep * 300, { since: recording.at(sweep * 300 - 360) })
    if (sweep % 12 === 1) recording.version(tickets, call, String(sweep), (sweep - 1) * 300 + 100, ["status"])
  }
  const contacts = recording.stream({ template: "/api/v2/contacts", query, integration: "book", principal: "p2" })
  const polls = day / everySeconds
  let changes = 0
  for (let poll = 0; poll < polls; poll++)
    for (let page = 1; page <= pages; page++) {
      const call = recording.call(contacts, poll * everySeconds + page, { page, items: page < pages ? 100 : 40 })
      if (poll === 0 && page === pages)
        for (let one = 0; one < 40; one++)
          recording.version(contacts, call, `c${one}`, -500 - one, null, false, "contact")
      // One at the end of an hour's poll, at different times before it.
      if (page === pages && poll > 0 && (poll * everySeconds) % 3_600 === 0) {
        const lag = Math.min(20, everySeconds - 1) + ((changes * 97) % Math.max(1, everySeconds - 20))
        const changed = changes % untoldEvery === 0 ? ["custom_fields.cf_tier"] : ["phone"]
        recording.version(contacts, call, `c${changes % 40}`, poll * everySeconds - lag, changed, false, "contact")
        changes += 1
      }
    }
  return recording.done()
}

const analysed = (contacts: Contacts, more: Partial<AnalysisSettings> = {}) => {
  const analysis = analyse(recorded(contacts), { ...settings, ...more })
  const byName = (name: string) => analysis.pollers.find(({ integration }) => integration === name)!
  return { ...analysis, book: byName("book"), feed: byName("feed") }
}

describe("the mirror's receiver", () => {
  it("reconciles a type that the plan leaves to a poller, at the longest interval that keeps its freshness", () => {
    const { book, callsAfterBreakdown, mirror, mirrorReceivers, plans } = analysed({ pages: 3 })
    // Webhooks would save too little beside a filter: the plan for handlers leaves contacts polled.
    expect(book.verdict).toBe("tune")
    expect(plans[0]!.schedule.map(({ entity }) => entity)).toEqual(["ticket"])
    // Of the 23 changes six are of a field that no event tells, and the p95 of today is 509.7 s:
    // T ≤ 509.7 / (1 − 0.05 / (6 / 23)) = 630.6 s, and the half minute below is 630 s.
    const added = {
      account: "acme.freshdesk.com",
      entity: "contact",
      everySeconds: 630,
      events: ["contact_create", "contact_update"]
    }
    expect(mirror?.added).toEqual([added])
    expect(mirrorReceivers).toMatchObject([{ added: [added], own: { contact: 630 }, entities: ["contact", "ticket"] }])
    expect([...mirrorReceivers[0]!.planned.events].sort()).toEqual([
      "contact_create",
      "contact_update",
      "ticket_create",
      "ticket_delete",
      "ticket_update"
    ])
    // 144 polls of three pages: each of the 21 that check the credential goes through with all of its pages. 86,400 / 630
    // are 138 sweeps of one page, beside those of the tickets.
    expect(book.mirror).toMatchObject({ served: true, calls: 63, through: { walk: 42, credential: 21 } })
    expect(book.mirror?.added).toEqual(["contact"])
    expect(callsAfterBreakdown.reconciliation).toBe(18)
    expect(mirror).toMatchObject({ through: 63 + 24, reconciliation: 18 + 138, calls: 63 + 24 + 18 + 138 })
  })
  it("has it written into the plan's file where that is for the mirror", () => {
    const analysis = analysed({ pages: 3 })
    const [plain, full] = [false, true].map(
      (forMirror) => migrationPlanOf(analysis, 14_400, { forMirror }).accounts[0]!
    )
    expect([plain!.reconcile, full!.reconcile]).toEqual([{ ticket: 14_400 }, { contact: 630, ticket: 14_400 }])
    expect(plain!.routes[0]!.events.map(({ event }) => event)).not.toContain("contact_update")
    expect(full!.routes[0]!.events.map(({ event }) => event)).toContain("contact_update")
    // Carried out, it has nothing to be added, and the same calls go to the provider.
    const carried = analysed({ pages: 3 }, { migrations: { "acme.freshdesk.com": full! } })
    expect(carried.mirrorReceivers).toEqual([])
    expect(carried.mirror).toEqual({ ...analysis.mirror, added: undefined })
    // A plan that is carried out without it lacks the events as well, and they are added with the type.
    const without = analysed({ pages: 3 }, { migrations: { "acme.freshdesk.com": plain! } })
    expect(without.mirror).toEqual(analysis.mirror)
  })
  it("is what a replay sets up for the mirror, and not for handlers", () => {
    const analysis = analysed({ pages: 3 })
    const plans = replayPlans(analysis, {}, new Set(["acme.freshdesk.com"]))
    expect(plans).toMatchObject([{ source: "freshdesk", entities: ["ticket"], own: {} }])
    expect(plans[0]!.planned.events.has("contact_update")).toBe(false)
    const [mirrored] = mirrorPlans(plans, analysis)
    expect(mirrored).toMatchObject({ source: "freshdesk", entities: ["contact", "ticket"], own: { contact: 630 } })
    expect(mirrored!.planned.events.has("contact_update")).toBe(true)
    expect(mirrorPlans(plans, { mirrorReceivers: [] })).toEqual(plans)
  })
  it("takes the healing bound where no freshness is to be kept", () => {
    const [without] = migrationPlanOf(analysed({ pages: 3 }), 14_400).accounts
    const carried = { dropsFreshness: true, migrations: { "acme.freshdesk.com": without! } }
    expect(analysed({ pages: 3 }, carried).mirror?.added).toMatchObject([{ entity: "contact", everySeconds: 14_400 }])
  })
  it("adds nothing where the whole way would make more calls", () => {
    // Polls of one page: 144 calls, of which the mirror would leave 21; 138 sweeps are more than the 123 that it saves.
    const { book, mirror } = analysed({ pages: 1 })
    expect(mirror?.added).toBeUndefined()
    expect(mirror?.calls).toBe(144 + 24 + 18)
    expect(book.mirror).toMatchObject({ served: false, through: { "never-swept": 143, credential: 1 } })
  })
  it("adds nothing where a poller would get staler than its goal", () => {
    // It polls each five seconds, and a push takes longer: thousands of calls would be saved.
    const { book, mirror } = analysed({ pages: 1, everySeconds: 5 })
    expect(book.freshnessSeconds!.p95).toBeLessThan(6)
    expect(book.mirror?.calls).toBe(17_280)
    expect(mirror?.added).toBeUndefined()
  })
  it("adds no type whose lists the mirror cannot answer", () => {
    const { book, mirror } = analysed({ pages: 3, query: "per_page=100&state=verified" })
    expect(book.mirror?.through).toEqual({ parameter: 432 })
    expect(mirror?.added).toBeUndefined()
  })
  it("adds nothing that a setting leaves out, and nothing to an interval that is given", () => {
    const off = { "acme.freshdesk.com": { every: null, own: { contact: "off" } } } as const
    expect(analysed({ pages: 3 }, { reconcile: off }).mirror?.added).toBeUndefined()
    const { healWithinSeconds: _, ...given } = settings
    expect(analyse(recorded({ pages: 3 }), given).mirror?.added).toBeUndefined()
  })
})

describe("a list that embeds another type", () => {
  const embedding = { pages: 3, feedQuery: "include=requester&updated_since=*" }

  it("needs that type reconciled as well, and is told by it once a program lists it", () => {
    const { feed, mirror } = analysed(embedding)
    expect(mirror?.added).toMatchObject([{ entity: "contact", everySeconds: 630 }])
    // Its polls check the credential, and the first with items shows their keys.
    expect(feed.mirror).toMatchObject({ calls: 24, added: ["contact"] })
  })
  it("goes through without it: what no program lists has no freshness to be judged by", () => {
    const { feed, mirror } = analysed({ ...embedding, pages: 0 })
    expect(mirror).toBeNull()
    expect(feed.mirror).toMatchObject({ served: false, through: { "never-swept": 287, credential: 1 } })
  })
})
