/** Evidence for plans: losses by polls and by the receiver alone, and how long pushes take. */
import { describe, expect, it } from "vitest"
import { upperLoss } from "../../src/domain/LossBound.js"
import { freshdesk } from "../../src/providers/index.js"
import { pushEvidenceOf, type ShadowSettings } from "../../src/shadow/index.js"
import type { ArrivedVersion, LiveEvidence, PolledVersion } from "../../src/store/index.js"
import { account, minute, polledStream, start } from "../support/polledStream.js"

const settings: ShadowSettings = {
  isPoller: () => true,
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
const evidence = (
  arrived: ReadonlyArray<ArrivedVersion>,
  clockAheadMs = 0,
  polled: ReadonlyArray<PolledVersion> = []
): LiveEvidence => ({
  streams: [polledStream(start + 1_000 * minute, clockAheadMs)],
  polled,
  arrived,
  cutovers: [],
  subscribed: new Map(),
  watches: new Map(),
  receiverSeenAt: null
})
const measured = (seen: LiveEvidence) => pushEvidenceOf(seen, settings).get(account)

describe("the losses that a plan reckons with", () => {
  it("are told by the receiver alone where nobody polls any more", () => {
    const pushes = Array.from({ length: 60 }, (_, n) => arrivedAt(n + 1))
    const { loss } = measured(
      evidence([
        ...pushes,
        // Covered, and no push came.
        found(100, ["status"]),
        found(101, ["priority", "tags"]),
        // No event of the app tells of tags; a push came later after all, alike or with a row of its own; too young to
        // tell; older than the receiver; told by two routes.
        found(102, ["tags"]),
        found(103, ["status"], { duplicates: 1 }),
        found(104, ["status"]),
        arrivedAt(104, { receivedAt: start + 170 * minute }),
        found(990, ["status"]),
        found(-500, ["status"]),
        arrivedAt(105),
        arrivedAt(105)
      ])
    )!
    // The first push is what the watch begins with: 59 others, two late ones, one that came twice, and two lost ones.
    expect(loss["ticket"]).toEqual({ seen: 64, lost: 2, atMost: upperLoss(2, 64, 0.95) })
  })
  it("are those that polls showed where they did, and only while the receiver ran", () => {
    const polledAt = (n: number): PolledVersion => ({
      stream: 1,
      entity: "ticket",
      entityId: String(n),
      updatedAt: start + n * minute,
      seenAt: start + n * minute + 50_000,
      created: false,
      changed: ["status"]
    })
    // Every tenth of a hundred is lost. Then the receiver is stopped, and three hundred more are polled.
    const pushes = Array.from({ length: 100 }, (_, n) => n + 1).filter((n) => n % 10 !== 0)
    const polled = Array.from({ length: 400 }, (_, n) => polledAt(n + 1))
    const { loss } = measured(evidence([arrivedAt(0), ...pushes.map((n) => arrivedAt(n))], 0, polled))!
    // Its last sign of life is the push of minute 99, and a delivery may take a quarter of an hour: what was polled by
    // minute 84 is judged, and a poll sees a change 50 s later.
    const { lost, seen } = loss["ticket"]!
    expect([seen, lost]).toEqual([83, 8])
    // Its heartbeat tells that it ran on: then the silence is a loss.
    const running = { ...evidence([arrivedAt(0), ...pushes.map((n) => arrivedAt(n))], 0, polled) }
    const later = measured({ ...running, receiverSeenAt: start + 400 * minute })!
    expect(later.loss["ticket"]!.lost).toBeGreaterThan(250)
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
