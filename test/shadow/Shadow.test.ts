/** The live comparison's rules: what counts as lost, how sure a verdict is, and which silences are an alarm. */
import { describe, expect, it } from "vitest"
import { changesNeeded, lowerLoss, upperLoss } from "../../src/domain/LossBound.js"
import { freshdesk } from "../../src/providers/index.js"
import { type ShadowSettings, shadow } from "../../src/shadow/index.js"
import type { ArrivedVersion, LiveEvidence, PolledVersion } from "../../src/store/index.js"
import { minute, polledStream, start } from "../support/polledStream.js"

const hour = 60 * minute

describe("how much can be lost at the most", () => {
  it("is what the exact binomial bound says", () => {
    // No loss in n: 1 - rate to the power of n is what is left of the confidence.
    expect(upperLoss(0, 299, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 299), 9)
    expect(changesNeeded(0, 0.01, 0.95)).toBe(299)
    // Tables of Clopper and Pearson: 2 of 20, both bounds of the 90 % interval.
    expect(upperLoss(2, 20, 0.95)).toBeCloseTo(0.2826, 4)
    expect(lowerLoss(2, 20, 0.95)).toBeCloseTo(0.0181, 4)
    expect(upperLoss(0, 0, 0.95)).toBe(1)
    expect(lowerLoss(0, 50, 0.95)).toBe(0)
  })
})

const settings = (now: number): ShadowSettings => ({
  now,
  isPoller: () => true,
  accounts: new Map([["acme.freshdesk.com", { source: "fd", provider: freshdesk, routes: ["app"] as const }]]),
  confidence: 0.95,
  tolerated: 0.01,
  settleMs: 15 * minute,
  reconcileMs: hour
})

const polledAt = (n: number, changed: ReadonlyArray<string> = ["status"]): PolledVersion => ({
  stream: 1,
  entity: "ticket",
  entityId: String(n),
  updatedAt: start + n * minute,
  seenAt: start + n * minute + 50_000,
  created: false,
  changed
})

const pushedAt = (n: number, change: Partial<ArrivedVersion> = {}): ArrivedVersion => ({
  source: "fd",
  event: "ticket_update",
  entity: "ticket",
  entityId: String(n),
  updatedAt: start + n * minute,
  receivedAt: start + n * minute + 2_000,
  origin: "webhook",
  duplicates: 0,
  changed: ["status"],
  ...change
})

/** Subscribed to by the app. */
const subscribedTo = (...events: ReadonlyArray<string>): LiveEvidence["subscribed"] =>
  new Map([["fd", new Map([["app", events]])]])

const evidence = (
  polled: ReadonlyArray<PolledVersion>,
  arrived: ReadonlyArray<ArrivedVersion>,
  lastCallAt: number
): LiveEvidence => ({
  streams: [polledStream(lastCallAt)],
  polled,
  arrived,
  cutovers: [],
  receiverSeenAt: null,
  subscribed: new Map(),
  watches: new Map()
})

const range = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

describe("the live comparison", () => {
  it("is safe once enough changes came by push, and says how far ahead pushes were", () => {
    const now = start + 400 * minute
    const report = shadow(
      evidence(
        range(360).map((n) => polledAt(n)),
        range(360).map((n) => pushedAt(n)),
        now
      ),
      settings(now)
    )
    expect(report.safe).toBe(true)
    expect(report.pollers).toMatchObject([
      { verdict: "safe", changes: 359, pushed: 359, lost: 0, pushFirst: 359, aheadSeconds: { p50: 48, p95: 48 } }
    ])
  })
  it("takes a cut-over for its own source alone, and leaves out what is no poller", () => {
    const now = start + 400 * minute
    const both = evidence(
      range(360).map((n) => polledAt(n)),
      range(360).map((n) => pushedAt(n)),
      now
    )
    const { endpoint, integration, query } = both.streams[0]!
    const of = (source: string): LiveEvidence => ({
      ...both,
      cutovers: [{ id: 1, source, integration, endpoint, query, entity: "ticket", at: now, endedAt: null }]
    })
    const verdicts = (one: LiveEvidence, polls: boolean) =>
      shadow(one, { ...settings(now), isPoller: () => polls }).pollers.map(({ verdict }) => verdict)
    expect(verdicts(of("fd"), true)).toEqual(["cutOver"])
    expect(verdicts(of("service"), true)).toEqual(["safe"])
    expect(verdicts(both, false)).toEqual([])
    // What was switched off stays in sight.
    expect(verdicts(of("fd"), false)).toEqual(["cutOver"])
  })
  it("tells of no loss where nothing was subscribed to, and is safe without that poller", () => {
    const now = start + 400 * minute
    const polled = [
      ...range(360).map((n) => polledAt(n)),
      ...range(9).map((n) => ({ ...polledAt(n * 20), entity: "contact", changed: ["email"] }))
    ]
    const both = evidence(
      polled,
      range(360).map((n) => pushedAt(n)),
      now
    )
    const tickets = { ...both, subscribed: subscribedTo("ticket_create", "ticket_update") }
    const contactOf = (report: ReturnType<typeof shadow>) => report.pollers.find(({ entity }) => entity === "contact")
    const planned = shadow(tickets, settings(now))
    expect(contactOf(planned)).toMatchObject({ verdict: "notYet", changes: 0, lost: 0 })
    expect(contactOf(planned)!.why).toContain("no event that tells of a contact is subscribed to")
    expect(planned.safe).toBe(true)
    // Set up by hand: nothing says which events there are, and none has come.
    const byHand = shadow(both, settings(now))
    expect(contactOf(byHand)).toMatchObject({ verdict: "notYet", lost: 0 })
    expect(contactOf(byHand)!.why).toContain("no push of a contact has arrived yet")
    expect(byHand.safe).toBe(false)
  })
  it("counts what never came as lost where it was subscribed to", () => {
    const now = start + 400 * minute
    const polled = range(60).map((n) => ({ ...polledAt(n), entity: "contact", changed: ["email"] }))
    const report = shadow(
      { ...evidence(polled, [pushedAt(1)], now), subscribed: subscribedTo("ticket_update", "contact_update") },
      settings(now)
    )
    expect(report.pollers).toMatchObject([{ verdict: "notYet", lost: 59 }])
  })
  it("says how much longer to watch", () => {
    const now = start + 115 * minute
    const report = shadow(
      evidence(
        range(100).map((n) => polledAt(n)),
        range(100).map((n) => pushedAt(n)),
        now
      ),
      settings(now)
    )
    const [row] = report.pollers
    expect(row).toMatchObject({ verdict: "notYet", pushed: 98, lost: 0 })
    // 299 changes are needed at one a minute, a hundred were seen.
    expect(row!.watchSeconds! / 60).toBeCloseTo(199, -1)
  })
  it("tells what no event covers from what was lost", () => {
    const now = start + 400 * minute
    const polled = range(360).map((n) => polledAt(n, n % 10 === 0 ? ["tags"] : ["status"]))
    const arrived = range(360).map((n) =>
      pushedAt(n, n % 10 === 0 ? { origin: "reconciliation", changed: ["tags"] } : {})
    )
    expect(shadow(evidence(polled, arrived, now), settings(now)).pollers).toMatchObject([
      { verdict: "safe", pushed: 323, notCovered: 36, lost: 0, recovered: 36 }
    ])
  })
  it("is not yet safe while pushes lose more than is tolerated, although reconciliation recovers it", () => {
    const now = start + 700 * minute
    const arrived = range(600).map((n) => pushedAt(n, n % 25 === 0 ? { origin: "reconciliation" } : {}))
    const [row] = shadow(
      evidence(
        range(600).map((n) => polledAt(n)),
        arrived,
        now
      ),
      settings(now)
    ).pollers
    expect(row).toMatchObject({ verdict: "notYet", lost: 24, recovered: 24, watchSeconds: null })
    expect(row!.why).toContain("pushes lose 4.0 %")
  })
  it("names what neither pushes nor reconciliation brought", () => {
    const now = start + 700 * minute
    const arrived = range(600)
      .filter((n) => n !== 40)
      .map((n) => pushedAt(n))
    const [row] = shadow(
      evidence(
        range(600).map((n) => polledAt(n)),
        arrived,
        now
      ),
      settings(now)
    ).pollers
    expect(row).toMatchObject({ verdict: "notYet", lost: 1, recovered: 0, examples: [{ entityId: "40" }] })
    expect(row!.why).toContain("reached polling only")
  })
  it("expects of a rule only what it watches, and cannot tell of a moved stamp", () => {
    const now = start + 400 * minute
    const kinds = [["status"], ["custom_fields.cf_region"], []]
    const polled = range(360).map((n) => polledAt(n, kinds[n % 3]!))
    const arrived = range(360).map((n) =>
      pushedAt(n, n % 3 === 0 ? {} : { origin: "reconciliation", changed: kinds[n % 3]! })
    )
    const watching = (fields: ReadonlyArray<string>) => ({
      ...evidence(polled, arrived, now),
      watches: new Map([["fd ticket_update", fields]])
    })
    const rules = {
      ...settings(now),
      accounts: new Map([["acme.freshdesk.com", { source: "fd", provider: freshdesk, routes: ["rule"] as const }]])
    }
    expect(shadow(watching(["status"]), rules).pollers[0]).toMatchObject({
      pushed: 119,
      notCovered: 119,
      unclear: 119,
      lost: 0
    })
    expect(shadow(watching(["status", "cf_region"]), rules).pollers[0]).toMatchObject({ unclear: 119, lost: 119 })
  })
  it("takes the delivery that already showed a newer state for both changes, and one push for one change", () => {
    const now = start + 400 * minute
    const polled = range(360).map((n) => ({ ...polledAt(n), entityId: "7" }))
    const arrived = (duplicates: number) =>
      range(360)
        .filter((n) => n % 2 === 0)
        .map((n) => pushedAt(n, { entityId: "7", duplicates }))
    expect(shadow(evidence(polled, arrived(1), now), settings(now)).pollers[0]).toMatchObject({ lost: 0 })
    expect(shadow(evidence(polled, arrived(0), now), settings(now)).pollers[0]).toMatchObject({ lost: 179 })
  })

  /** A slow poller: it looks every ten minutes. */
  const slowly = (
    polled: ReadonlyArray<PolledVersion>,
    arrived: ReadonlyArray<ArrivedVersion>,
    now = start + 400 * minute
  ) => {
    const one = evidence(polled, [pushedAt(1, { entityId: "first" }), ...arrived], now)
    const sweptAt = Array.from({ length: 40 }, (_, n) => start + n * 10 * minute)
    return shadow({ ...one, streams: [{ ...one.streams[0]!, sweptAt }] }, settings(now)).pollers[0]!
  }
  const sight = (n: number, changed: ReadonlyArray<string> | null, seen: number, entityId = "7"): PolledVersion => ({
    ...polledAt(n, []),
    entityId,
    changed,
    seenAt: start + seen * minute + 1_000
  })

  it("finds the push of each field of several changes that a slow poller sees as one", () => {
    // Status at minute 102, tags at 108: one sight at 110, with the stamp of the tags.
    const polled = [sight(50, null, 60), sight(108, ["status", "tags"], 110)]
    expect(slowly(polled, [pushedAt(102, { entityId: "7" })])).toMatchObject({ lost: 0, pushed: 1, unclear: 1 })
    expect(slowly(polled, [])).toMatchObject({ lost: 1, pushed: 0 })
    // A push of what was before the last sight is no explanation, and a push of other fields is none either.
    expect(slowly(polled, [pushedAt(49, { entityId: "7" })])).toMatchObject({ lost: 1 })
    expect(slowly(polled, [pushedAt(103, { entityId: "7", changed: ["priority"] })])).toMatchObject({ lost: 1 })
  })
  it("tells that one of several fields came by reconciliation alone", () => {
    const polled = [sight(50, null, 60), sight(108, ["priority", "status"], 110)]
    const priority = pushedAt(108, { entityId: "7", changed: ["priority"] })
    const status = pushedAt(102, { entityId: "7", origin: "reconciliation" })
    expect(slowly(polled, [status, priority])).toMatchObject({ lost: 1, pushed: 0 })
    expect(slowly(polled, [priority])).toMatchObject({ lost: 0, pushed: 1 })
    // The push of it came behind the reconciliation.
    expect(slowly(polled, [{ ...status, duplicates: 1 }, priority])).toMatchObject({ lost: 0 })
  })
  it("does not hide a lost push behind the entity's next one, however late or soon", () => {
    for (const next of [103, 300]) {
      const polled = [sight(50, null, 60), sight(101, ["status"], 102), sight(next, ["status"], next + 1)]
      const arrived = [pushedAt(next, { entityId: "7" })]
      expect(slowly(polled, arrived), `next at ${next}`).toMatchObject({ lost: 1, recovered: 0, pushed: 1 })
      expect(slowly(polled, [pushedAt(101, { entityId: "7" }), ...arrived])).toMatchObject({ lost: 0, pushed: 2 })
    }
    // As late as --settle allows, a push that no other sight needs is this one's; later it is not.
    const polled = [sight(50, null, 60), sight(101, ["status"], 102)]
    expect(slowly(polled, [pushedAt(115, { entityId: "7" })])).toMatchObject({ lost: 0, pushed: 1 })
    expect(slowly(polled, [pushedAt(117, { entityId: "7" })])).toMatchObject({ lost: 1, recovered: 0 })
  })
  it("does not call lost what may have changed before the watch began", () => {
    // The first push was at minute 1; the last sweep before it at minute 0.
    expect(slowly([sight(5, ["status", "tags"], 10)], [])).toMatchObject({ lost: 0, unclear: 1 })
    expect(slowly([sight(15, ["status"], 20)], [])).toMatchObject({ lost: 1, unclear: 0 })
  })
  it("judges by the provider's clock, however far it is from the program's", () => {
    for (const ahead of [-30 * minute, 30 * minute]) {
      const now = start + 400 * minute
      const shifted = <A extends { readonly updatedAt: number }>(all: ReadonlyArray<A>) =>
        all.map((one) => ({ ...one, updatedAt: one.updatedAt + ahead }))
      const polled = shifted(range(300).map((n) => polledAt(n)))
      const arrived = shifted(range(300).flatMap((n) => (n === 200 ? [] : [pushedAt(n)])))
      const one = evidence(polled, arrived, now)
      const streams = [{ ...one.streams[0]!, clockAheadMs: ahead }]
      expect(shadow({ ...one, streams }, settings(now)).pollers[0]).toMatchObject({
        lost: 1,
        examples: [{ entityId: "200" }]
      })
    }
  })
  it("has no window that ends before it begins", () => {
    const now = start + 10 * minute
    const report = shadow(evidence([polledAt(4)], [pushedAt(4)], now), settings(now))
    expect(report.pollers[0]).toMatchObject({ from: null, changes: 0, verdict: "notYet", watchSeconds: 9 * 60 + 1 })
    expect(report.pollers[0]!.why).toContain("nothing can be judged before 2026-03-02T00:19:01.000Z")
  })
  it("expects only the events that were subscribed to", () => {
    const polled = [sight(50, null, 60), sight(101, ["status"], 102)]
    const now = start + 400 * minute
    const one = { ...evidence(polled, [pushedAt(1)], now), subscribed: subscribedTo("ticket_create") }
    expect(shadow(one, settings(now)).pollers[0]).toMatchObject({ lost: 0, notCovered: 2 })
  })
  it("raises an alarm when reconciliation brings what pushes used to", () => {
    const now = start + 400 * minute
    const arrived = range(300).map((n) => pushedAt(n, n > 290 ? { origin: "reconciliation" } : {}))
    const report = shadow(
      evidence(
        range(300).map((n) => polledAt(n)),
        arrived,
        now
      ),
      settings(now)
    )
    expect(report.alarms).toHaveLength(1)
    expect(report.alarms[0]!.message).toContain("reconciliation has brought 10 changes")
    expect(report.pollers[0]!.verdict).toBe("regression")
  })
})
