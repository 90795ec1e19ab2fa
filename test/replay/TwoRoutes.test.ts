/** Two changes of one second that an app and a rule push: the model tells of them as the receiver does. */
import { describe, expect, it } from "vitest"
import {
  covered,
  type HistoryLine,
  noFaults,
  pushedBy,
  pushes,
  type RouteSpec,
  runSimulation,
  type Scenario
} from "../../src/replay/index.js"

const from = Date.parse("2026-03-02T10:00:00Z")
const second = from + 300_000
const app: RouteSpec = { allowance: null, thin: false, tellsMoment: true }
const rule: RouteSpec = { allowance: null, thin: true, tellsMoment: false }
const [byFirst, byBoth] = [pushedBy(0), pushedBy(0) | pushedBy(1)]

/** A ticket whose changes are read so long after they were made; every push takes the same time. */
const toldOf = (
  routes: readonly [RouteSpec, RouteSpec],
  changes: ReadonlyArray<readonly [at: number, by: number, readableAfterMs: number]>
): ReadonlyArray<string> => {
  const to = from + 3_600_000
  const readLagMs = 29_000
  const scenario: Scenario = {
    account: "two routes",
    from,
    to,
    settledAt: to + 7_200_000,
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
    entities: {
      count: 1,
      type: new Uint8Array(1),
      parent: Int32Array.of(-1),
      stamp: Float64Array.of(from - 86_400_000)
    },
    changes: {
      count: changes.length,
      at: Float64Array.from(changes, ([at]) => at),
      stamp: Float64Array.from(changes, ([at]) => Math.floor(at / 1_000) * 1_000),
      entity: new Int32Array(changes.length),
      action: new Uint8Array(changes.length).fill(1),
      flags: Uint8Array.from(changes, ([, by]) => pushes | covered | by)
    },
    stampMs: 1_000,
    readLagMs,
    callMs: 150,
    pollers: [],
    delivery: { ...routes[0], further: [routes[1]], retryAfterMs: [60_000], ackWithinMs: 5_000 },
    receiver: {
      reconcileMs: 600_000,
      overlapMs: 120_000,
      readableWithinMs: 30_000,
      commitMs: 0,
      applyMs: 0,
      rememberMs: 86_400_000
    },
    faults: noFaults,
    limit: null,
    keptPerMinute: new Uint32Array(0)
  }
  const lags = new Map(changes.map(([at, , lag]) => [at, lag / readLagMs]))
  const history: Array<HistoryLine> = []
  runSimulation(scenario, {
    sink: (line) => history.push(line),
    draws: () => () => 0.5,
    readLag: (_, at) => lags.get(at)!
  })
  return history.flatMap((line) =>
    line.k === "applied" ? [`${line.key.split(" ").slice(3).join(" ")} ${line.origin}`] : []
  )
}

describe("the model of two changes of one second that two routes push", () => {
  it("tells none again for a fetch that shows an earlier moment of it", () => {
    const told = toldOf(
      [app, rule],
      [
        [second + 61, byFirst, 0],
        // Its pushes are there before it can be read.
        [second + 68, byBoth, 20_000]
      ]
    )
    expect(told).toEqual(["2 webhook", "3 webhook"])
  })
  it("tells both by a fetch that shows a later second", () => {
    const told = toldOf(
      [rule, app],
      [
        [second + 61, byBoth, 0],
        [second + 68, byBoth, 0],
        [second + 1_100, byBoth, 0]
      ]
    )
    expect(told).toEqual(["0 thin webhook", "0 thin webhook"])
  })
})
