/**
 * How often the interval of a change rate holds the true rate where writers cluster; for the test and docs/accuracy.md.
 */
import { type ChangeRate, changeRateOf } from "../../src/analysis/estimates/ChangeRate.js"
import { chanceOf } from "./chance.js"
import { jobs, seenBy, sessions, steady, type Writers } from "./clusters.js"

export const clusterSeeds = 200

export interface ClusterCase {
  readonly name: string
  readonly writers: Writers
  readonly everySeconds: number
  readonly hours: number
}

const one = (name: string, writers: Writers, everySeconds: number, hours: number): ClusterCase => ({
  name,
  writers,
  everySeconds,
  hours
})

export const toldCases: ReadonlyArray<ClusterCase> = [
  one("independent changes, few", steady(8, 100), 60, 12),
  one("independent changes, many", steady(60, 20), 60, 12),
  one("jobs that write to 20 entities", jobs(2, 20, 3), 60, 12),
  one("jobs that write to 20 entities, polled slowly", jobs(2, 20, 3), 300, 24),
  one("jobs that take long", jobs(1, 50, 10), 60, 24),
  one("many small jobs", jobs(6, 5, 1), 30, 12),
  one("people who work on one entity, slower than the polling", sessions(4, 8, 120), 60, 12),
  one("people who work on one entity, as fast as the polling", sessions(6, 5, 60), 30, 24)
]

export const untoldCases: ReadonlyArray<ClusterCase> = [
  one("people who work on one entity, three times as fast as the polling", sessions(6, 5, 20), 60, 24),
  one("the same, ten times as fast", sessions(3, 10, 30), 300, 24),
  one("three changes within seconds, now and then across a sweep", sessions(6, 3, 5), 60, 24)
]

export interface ClusterOutcome {
  /** Of all seeds. */
  readonly told: number
  /** Of those that tell a rate. */
  readonly holding: number
  readonly dispersed: number
}

export const playCase = ({ everySeconds, hours, writers }: ClusterCase): ClusterOutcome => {
  const rates = Array.from({ length: clusterSeeds }, (_, n) => {
    const { sweeps, versions } = seenBy(writers.write(chanceOf(n + 1), hours), everySeconds, hours)
    return changeRateOf({ sweeps }, versions, 0, 0)
  }).filter((rate): rate is ChangeRate => !("unknown" in rate))
  const { perHour } = writers
  return {
    told: rates.length / clusterSeeds,
    holding:
      rates.filter(({ perHourInterval: { high, low } }) => low <= perHour && perHour <= high).length / rates.length,
    dispersed: rates.filter(({ dispersion }) => dispersion > 1).length / clusterSeeds
  }
}
