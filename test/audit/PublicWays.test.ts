/** How public integrations poll, as far as it is known: each is found as what it is, with what would be better. */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"
import type { PollerAssessment } from "../../src/domain/Poller.js"
import type { Report } from "../../src/domain/Report.js"
import { root } from "../support/files.js"
import { auditOf } from "../support/staged.js"

const desk = "acme.freshdesk.com"
const service = "acme.freshservice.com"
const sales = "acme.myfreshworks.com"
const chat = "acme.freshchat.com"
const way = (name: string) => pathToFileURL(join(root, "test/support/programs/ways", name))
const fixture = (name: string) => pathToFileURL(join(root, "fixtures/integrations", name))
const account = (product: "freshdesk" | "freshservice" | "freshsales" | "freshchat", name: string, plan: string) => ({
  product,
  account: name,
  plan,
  entities: product === "freshchat" ? 44 : 150,
  changesPerHour: 30
})

let report: Report
const pollersOf = (integration: string): ReadonlyArray<PollerAssessment> =>
  report.pollers.filter((poller) => poller.integration === integration)
const findingsOf = (poller: PollerAssessment) =>
  report.findings.filter(({ pollerId }) => pollerId === poller.id).map(({ rule }) => rule)
const alternative = (poller: PollerAssessment, name: RegExp) => poller.alternatives.find((one) => name.test(one.name))

beforeAll(async () => {
  report = await auditOf({
    accounts: [
      account("freshdesk", desk, "estate"),
      account("freshservice", service, "enterprise"),
      account("freshsales", sales, "growth"),
      account("freshchat", chat, "garden")
    ],
    programs: [
      {
        name: "automation-desk",
        account: desk,
        program: way("search-feed.mjs"),
        env: (url) => ({ ORIGIN: url, SEARCH: "/api/v2/search/tickets", RESULTS: "results" })
      },
      {
        name: "automation-service",
        account: service,
        program: way("search-feed.mjs"),
        env: (url) => ({ ORIGIN: url, SEARCH: "/api/v2/tickets/filter", RESULTS: "tickets" })
      },
      { name: "connector", account: desk, program: way("elt-tickets.mjs"), env: (url) => ({ ORIGIN: url }) },
      {
        name: "crm-board",
        account: sales,
        program: fixture("freshsales/deals-newest-first.mjs"),
        env: (url) => ({ FRESHSALES_URL: url, FRESHSALES_API_KEY: "key" })
      },
      {
        name: "chat-export",
        account: chat,
        program: fixture("freshchat/transcripts-every-three-hours.mjs"),
        env: (url) => ({ FRESHCHAT_URL: url, FRESHCHAT_API_KEY: "key" })
      }
    ],
    hours: 24,
    seed: 5,
    reconcileSeconds: 3_600,
    replay: false
  })
}, 400_000)

describe("public integrations' ways", () => {
  it.each([
    ["automation-desk", "GET /api/v2/search/tickets"],
    ["automation-service", "GET /api/v2/tickets/filter"]
  ])("a search as a feed of changes (%s): events or the list by its time filter do better", (name, endpoint) => {
    const [poller, ...more] = pollersOf(name)
    expect(more).toEqual([])
    expect(poller).toMatchObject({ endpoint, intervalSeconds: 900, sweeps: 96 })
    expect(findingsOf(poller!)).toContain("search-as-feed")
    expect(["migrate", "hybrid"]).toContain(poller!.verdict)
    expect(alternative(poller!, /updated_since/)!.calls).toBeLessThanOrEqual(poller!.calls)
  })
  it("tickets by three filters with three more calls for each: what the details cost is told", () => {
    const pollers = pollersOf("connector")
    expect(pollers.map(({ query }) => /filter=(\w+)/.exec(query)?.[1] ?? "").sort()).toEqual(["", "deleted", "spam"])
    for (const poller of pollers) expect(poller).toMatchObject({ endpoint: "GET /api/v2/tickets", sweeps: 48 })
    const plain = pollers.find(({ query }) => !query.includes("filter="))!
    expect(plain.detailCalls / 3).toBe(Math.round(plain.detailCalls / 3))
    expect(findingsOf(plain)).toContain("detail-call-per-item")
    const finding = report.findings.find(
      ({ pollerId, rule }) => pollerId === plain.id && rule === "detail-call-per-item"
    )
    expect(finding!.message).toMatch(/makes 3 more calls per changed item/)
    expect(["migrate", "hybrid"]).toContain(plain.verdict)
    // All calls of the program are the pollers'.
    const calls = pollers.reduce((sum, poller) => sum + poller.calls, 0)
    expect(report.totals.calls - report.unattributed.calls).toBe(
      calls +
        ["automation-desk", "automation-service", "crm-board", "chat-export"]
          .flatMap(pollersOf)
          .reduce((sum, poller) => sum + poller.calls, 0)
    )
  })
  it("a view read until the stamps are old: pushed", () => {
    const [poller, ...more] = pollersOf("crm-board")
    expect(more).toEqual([])
    expect(poller).toMatchObject({ endpoint: "GET /crm/sales/api/deals/view/{id}", verdict: "migrate" })
    expect(Math.abs(poller!.intervalSeconds - 600)).toBeLessThan(6)
  })
  it("a walk over all chat users: one poller, whose walk events make needless", () => {
    const [poller, ...more] = pollersOf("chat-export")
    expect(more).toEqual([])
    expect(poller).toMatchObject({ endpoint: "GET /v2/users", intervalSeconds: 10_800, sweeps: 8, verdict: "migrate" })
    expect(poller!.detailCalls).toBeGreaterThan(poller!.calls / 2)
    expect(alternative(poller!, /^webhooks, reconciled every 1 d/)!.calls).toBeLessThan(poller!.calls / 3)
  })
})
