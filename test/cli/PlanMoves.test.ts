/** Differences between two plans, in words. */
import { expect, it } from "vitest"
import { planMoves } from "../../src/cli/commands/plan/PlanMoves.js"
import type { AccountMigration, MigrationPlan } from "../../src/domain/MigrationPlan.js"

const plan = (...accounts: ReadonlyArray<Partial<AccountMigration>>): MigrationPlan => ({
  version: 1,
  healWithinSeconds: 14_400,
  accounts: accounts.map((one) => ({
    account: "acme.freshdesk.com",
    product: "freshdesk",
    routes: [{ route: "app", events: [] }],
    reconcile: { ticket: 14_400, conversation: "off" },
    pollers: [{ id: "p1", integration: "crm", endpoint: "GET /api/v2/tickets", becomes: "replaced", why: "" }],
    ...one
  }))
})

it("tells intervals, routes and pollers that moved, and nothing else", () => {
  expect(planMoves(plan({}), plan({}))).toEqual([])
  const pollers = [{ id: "p1", integration: "crm", endpoint: "GET /api/v2/tickets", becomes: "kept" as const, why: "" }]
  const routes = [
    { route: "app" as const, events: [] },
    { route: "rule" as const, events: [] }
  ] as const
  const account = "acme.freshdesk.com"
  const hourly = { every: 14_400, busy: 780, hours: "6-18" }
  expect(planMoves(plan({}), plan({ reconcile: { ticket: 600, contact: hourly }, routes, pollers }))).toEqual([
    { account, what: "routes", from: "app", to: "app + rule" },
    { account, what: "ticket", from: "every 4h", to: "every 10m" },
    { account, what: "conversation", from: "off", to: "none" },
    { account, what: "crm GET /api/v2/tickets", from: "replaced", to: "kept" },
    { account, what: "contact", from: "none", to: "every 13m from 6 to 18 UTC, else every 4h" }
  ])
  expect(planMoves(plan(), plan({}))).toHaveLength(4)
})
