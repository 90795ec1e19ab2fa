/** The analysis of labelled traffic, beside the truth. */
import { analyse } from "../../src/analysis/index.js"
import type { PollerAssessment } from "../../src/domain/Poller.js"
import { asRecording } from "./asRecording.js"
import { makeTraffic, type PollerLabel, type Traffic } from "./traffic.js"

export interface Pair {
  readonly seed: number
  readonly label: PollerLabel
  readonly found: PollerAssessment
}

export interface Measured {
  readonly pairs: ReadonlyArray<Pair>
  readonly missed: ReadonlyArray<{ readonly seed: number; readonly label: PollerLabel }>
  readonly wrong: ReadonlyArray<{ readonly seed: number; readonly found: PollerAssessment }>
  readonly lostCalls: number
}

const keyOf = (one: {
  readonly integration: string
  readonly principal: string | null
  readonly endpoint: string
  readonly query: string
}): string => [one.integration, one.principal, one.endpoint, one.query].join(" ")

export const measure = (seed: number, traffic: Traffic = makeTraffic(seed)): Measured => {
  const { callsAfter: _, ...analysis } = analyse(asRecording(traffic), {
    window: { from: traffic.from, to: traffic.to },
    reconcileSeconds: 3_600,
    routes: {},
    plans: {}
  })
  const labels = new Map(
    traffic.pollers.map((label) => [
      keyOf({ ...label.stream, endpoint: `${label.stream.method} ${label.stream.template}` }),
      label
    ])
  )
  const unclear = new Set(
    traffic.unclear.map((stream) => keyOf({ ...stream, endpoint: `${stream.method} ${stream.template}` }))
  )
  const found = new Map(analysis.pollers.map((poller) => [keyOf(poller), poller]))
  const attributed = analysis.pollers.reduce((sum, { calls }) => sum + calls, 0) + analysis.unattributed.calls
  return {
    pairs: [...labels].flatMap(([key, label]) => (found.has(key) ? [{ seed, label, found: found.get(key)! }] : [])),
    missed: [...labels].filter(([key]) => !found.has(key)).map(([, label]) => ({ seed, label })),
    wrong: [...found]
      .filter(([key]) => !labels.has(key) && !unclear.has(key))
      .map(([, poller]) => ({ seed, found: poller })),
    lostCalls: traffic.calls.length - attributed
  }
}

/** How far off, as a share of what is true. */
export const errorOf = (found: number, truth: number): number =>
  truth === found ? 0 : Math.abs(found - truth) / Math.max(Math.abs(truth), 1e-9)
