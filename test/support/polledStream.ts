/** A stream of tickets that a poller asks for each minute, as the live comparison has it. */
import type { LiveEvidence } from "../../src/store/index.js"

export const minute = 60_000
export const start = Date.UTC(2026, 2, 2)
export const account = "acme.freshdesk.com"

export const polledStream = (lastCallAt: number, clockAheadMs = 0): LiveEvidence["streams"][number] => ({
  id: 1,
  integration: "crm-sync",
  product: "freshdesk",
  account,
  endpoint: "GET /api/v2/tickets",
  query: "updated_since",
  firstCallAt: start,
  lastCallAt,
  intervalMs: minute,
  newestByProcess: [],
  sweptAt: Array.from({ length: Math.ceil((lastCallAt - start) / minute) }, (_, n) => start + n * minute + 50_000),
  clockAheadMs
})
