/** What a plan is told of the pushes: losses by polls and by the receiver alone, and how long pushes take. */
import { describe, expect, it } from "vitest"
import { freshdesk } from "../../src/providers/index.js"
import { pushEvidenceOf, type ShadowReport, type ShadowSettings } from "../../src/shadow/index.js"
import { upperLoss } from "../../src/shadow/LossBound.js"
import type { ArrivedVersion, LiveEvidence } from "../../src/store/index.js"

const minute = 60_000
const start = Date.UTC(2026, 2, 2)
const account = "acme.freshdesk.com"
const settings: ShadowSettings = {
  now: start + 1_000 * minute,
  accounts: new Map([[account, { source: "fd", provider: freshdesk, routes: ["app"] as const }]]),
  confidence: 0.95,
  tolerated: 0.01,
  settleMs: 15 * minute,
  reconcileMs: 60 * minute
}
const arrivedAt = (n: number, change: Partial<ArrivedVersion> = {}): ArrivedVersion => ({
  source: "fd",
  event: "ticket_update",
  entity: "ticket",
  entityId: String(n),
  updatedAt: start + n * minute,
  receivedAt: start + n * minute + 1_000 * (1 + (n % 40)),
  origin: "webhook",
  duplicates: 0,
  changed: ["status"],
  ...change
})
const found = (n: number, changed: ReadonlyArray<string>, change: Partial<ArrivedVersion> = {}): ArrivedVersion =>
  arrivedAt(n, { origin: "reconciliation", receivedAt: start + (n + 50) * minute, changed, ...change })
const evidence = (arrived: ReadonlyArray<ArrivedVersion>, clockAheadMs = 0): LiveEvidence => ({
  streams: clockAheadMs === 0 ? [] : [{ account, clockAheadMs } as LiveEvidence["streams"][number]],
  polled: [],
  arrived,
  cutovers: [],
  subscribed: new Map(),
  watches: new Map()
})
const report = (...pollers: ReadonlyArray<Partial<ShadowReport["pollers"][number]>>): ShadowReport =>
  ({ pollers: pollers.map((one) => ({ account, entity: "ticket", ...one })) }) as unknown as ShadowReport
const measured = (seen: LiveEvidence, by = report()) => pushEvidenceOf(seen, by, settings).get(account)

describe("the losses that a plan reckons with", () => {
  it("are told by the receiver alone where nobody polls any more", () => {
    const pushes = Array.from({ length: 60 }, (_, n) => arrivedAt(n + 1))
    const { loss } = measured(
      evidence([
        ...pushes,
        // Covered, and no push came.
        found(100, ["status"]),
        found(101, ["priority", "tags"]),
        // No event of the app tells of tags; a push came later after all; too young to tell; older than the receiver.
        found(102, ["tags"]),
        found(103, ["status"], { duplicates: 1 }),
        found(990, ["status"]),
        found(-500, ["status"])
      ])
    )!
    // The first push is what the watch begins with: 59 others, the late one, and the two that were lost.
    expect(loss["ticket"]).toEqual({ seen: 62, lost: 2, atMost: upperLoss(2, 62, 0.95) })
  })
  it("are those that polls showed where they did, by the poller that saw most", () => {
    const pushes = [arrivedAt(1), found(100, ["status"])]
    const { loss } = measured(
      evidence(pushes),
      report(
        { pushed: 10, lost: 5, lossAtMost: 0.6 },
        { pushed: 196, lost: 4, lossAtMost: 0.045 },
        { pushed: 0, lost: 0, lossAtMost: 1 },
        { account: "other.freshdesk.com", pushed: 900, lost: 900, lossAtMost: 0.9 }
      )
    )!
    expect(loss["ticket"]).toEqual({ seen: 200, lost: 4, atMost: 0.045 })
  })
  it("are unknown without a delivery", () => {
    expect(measured(evidence([found(1, ["status"])]))).toBe(undefined)
  })
})

describe("how long pushes take", () => {
  it("is told by the first arrival of each change, by the provider's clock", () => {
    const pushes = Array.from({ length: 40 }, (_, n) => arrivedAt(n))
    const again = pushes.map((one) => ({ ...one, receivedAt: one.receivedAt + 600_000 }))
    const { deliveries, latencies } = measured(evidence([...again, ...pushes]))!
    expect(deliveries).toBe(40)
    expect(latencies).toEqual(Array.from({ length: 40 }, (_, n) => 1_000 * (n + 1)))
    // A provider whose clock is two seconds ahead stamps later: each push took two seconds more.
    expect(measured(evidence(pushes, 2_000))!.latencies![0]).toBe(3_000)
  })
  it("is unknown by few, and thinned out where there are many", () => {
    expect(measured(evidence([arrivedAt(1)]))).toMatchObject({ deliveries: 1, latencies: null })
    const many = measured(evidence(Array.from({ length: 5_000 }, (_, n) => arrivedAt(n))))!
    expect(many.deliveries).toBe(5_000)
    expect(many.latencies).toHaveLength(1_000)
    expect([many.latencies![0], many.latencies![999]]).toEqual([1_000, 40_000])
  })
})
