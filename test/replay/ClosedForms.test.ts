/** Where theory has an answer, the model gives it: each derivation stands above its test. */
import { describe, expect, it } from "vitest"
import {
  type ChangeTable,
  covered,
  noFaults,
  type PollerSpec,
  pushes,
  runSimulation,
  type Scenario,
  type SimulationFigures,
  surroundings
} from "../../src/replay/index.js"

const from = Date.parse("2026-03-02T00:00:00Z")
const hour = 3_600_000

const poller: PollerSpec = {
  name: "poller",
  type: 0,
  mode: "since",
  everyMs: 300_000,
  jitterMs: 0,
  phaseMs: 0,
  perPage: 100,
  endsShort: false,
  pages: 0,
  overlapMs: 60_000,
  detailCalls: 0,
  readsChildren: false,
  walkCalls: 0,
  replaced: true,
  adaptiveUpToMs: 0
}

/** Many entities, each changed once, evenly over the window and never at a sweep's own beat. */
const onceEach = (count: number, to: number): Pick<Scenario, "entities" | "changes"> => {
  const at = Float64Array.from({ length: count }, (_, change) =>
    Math.floor(from + ((change + 0.5) / count) * (to - from))
  )
  const changes: ChangeTable = {
    count,
    at,
    stamp: at,
    entity: Int32Array.from({ length: count }, (_, change) => change),
    action: new Uint8Array(count).fill(1),
    flags: new Uint8Array(count).fill(pushes | covered)
  }
  return {
    changes,
    entities: {
      count,
      type: new Uint8Array(count),
      parent: new Int32Array(count).fill(-1),
      stamp: new Float64Array(count).fill(from - 24 * hour)
    }
  }
}

const scenario = (more: Partial<Scenario>, count = 40_000, hours = 240): Scenario => {
  const to = from + hours * hour
  return {
    account: "closed forms",
    from,
    to,
    settledAt: to + 24 * hour,
    seed: 1,
    types: [
      {
        name: "ticket",
        wanted: true,
        sweep: { by: "timeFilter", perPage: 100, hidden: [], wholeEvery: null },
        parent: -1,
        touches: false,
        deletionsShow: true
      }
    ],
    ...onceEach(count, to),
    stampMs: 1,
    readLagMs: 0,
    callMs: 0,
    pollers: [],
    delivery: {
      retryAfterMs: [60_000, 120_000, 240_000, 480_000],
      allowance: null,
      thin: false,
      tellsMoment: true,
      ackWithinMs: 5_000
    },
    receiver: {
      reconcileMs: hour,
      overlapMs: 120_000,
      readableWithinMs: 30_000,
      commitMs: 0,
      applyMs: 0,
      rememberMs: 24 * hour
    },
    faults: noFaults,
    limit: null,
    keptPerMinute: new Uint32Array(0),
    ...more
  }
}

const meanSeconds = (figures: SimulationFigures, path: "polling" | "webhook"): number => {
  const [lags] = figures[path].lags
  return lags!.sum() / lags!.count() / 1_000
}

describe("closed forms", () => {
  it("a poller's mean lag is half its interval", () => {
    // A change at a moment that knows nothing of the beat waits evenly between nothing and the interval T for the next sweep:
    // its mean is T / 2, its standard deviation T / √12. Of n changes the mean is within 4 T / √(12 n) but once in 16,000.
    for (const everyMs of [60_000, 300_000, 1_800_000]) {
      const figures = runSimulation(scenario({ pollers: [{ ...poller, everyMs }] }))
      expect(figures.polling.seen).toBe(40_000)
      const within = (4 * everyMs) / 1_000 / Math.sqrt(12 * 40_000)
      expect(Math.abs(meanSeconds(figures, "polling") - everyMs / 2_000)).toBeLessThan(within)
    }
  })
  it("with a read lag too: half the interval and nothing more, but that some wait for the sweep after", () => {
    // A change is seen by the first sweep after it is readable: it waits L for that, and then evenly up to T: L / 2 + T / 2 on
    // average, since L is even between 0 and its bound.
    const figures = runSimulation(scenario({ pollers: [poller], readLagMs: 20_000 }))
    expect(Math.abs(meanSeconds(figures, "polling") - (10 + 150))).toBeLessThan(2)
  })
  it("deliveries when each try fails with probability p and r more are allowed: (1 - p^(r+1)) / (1 - p) a change", () => {
    // The k-th try is made when the k - 1 before it failed: with probability p^(k-1). The sum of p^(k-1) for k from 1 to r + 1
    // is the geometric series. What no try got through is dropped: p^(r+1).
    for (const p of [0.1, 0.3, 0.6]) {
      const figures = runSimulation(scenario({ faults: { ...noFaults, slowAck: p } }))
      const expected = (1 - p ** 5) / (1 - p)
      const tries = figures.webhook.deliveries / figures.changes
      // Tries of one change vary by less than 1.3 (p = 0.6); four deviations of the mean of 40,000.
      expect(Math.abs(tries - expected)).toBeLessThan((4 * 1.3) / Math.sqrt(40_000))
      const dropped = figures.webhook.dropped / figures.changes
      expect(Math.abs(dropped - p ** 5)).toBeLessThan(4 * Math.sqrt((p ** 5 * (1 - p ** 5)) / 40_000) + 1e-4)
    }
  })
  it("a cursor without overlap misses the share of the mean read lag in the interval", () => {
    // A change at c is readable at c + L. A sweep between the two does not see it, and the next one asks for what came after that
    // sweep. One of them falls into (c, c + L) with probability L / T, L being shorter than T: on average E[L] / T.
    const withoutOverlap = { ...surroundings, pollsFrom: (lastSweep: number) => lastSweep }
    const figures = runSimulation(scenario({ pollers: [poller], readLagMs: 60_000 }), { surroundings: withoutOverlap })
    const expected = 30_000 / 300_000
    const share = figures.polling.missed / figures.changes
    expect(Math.abs(share - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / 40_000))
    // With the overlap of a minute nothing is missed.
    expect(runSimulation(scenario({ pollers: [poller], readLagMs: 60_000 })).polling.missed).toBe(0)
  })
  it("what no event tells of waits half the reconciliation interval", () => {
    const base = scenario({})
    const silent = { ...(base.changes as ChangeTable), flags: new Uint8Array(40_000) }
    const figures = runSimulation({ ...base, changes: silent })
    expect(figures.webhook.uncovered).toBe(40_000)
    expect(Math.abs(meanSeconds(figures, "webhook") - 1_800)).toBeLessThan((4 * 3_600) / Math.sqrt(12 * 40_000))
  })
  it("a push arrives after the stated latency: 0.7 s and an exponential tail of mean 1.8 s", () => {
    // Cut at 30 s, which takes less than a millisecond off the mean.
    const figures = runSimulation(scenario({}))
    expect(Math.abs(meanSeconds(figures, "webhook") - 2.5)).toBeLessThan((4 * 1.8) / Math.sqrt(40_000) + 0.002)
  })
})
