/** What a mirror has done so far, by integration and endpoint, as its notes in the database have it. */
import { groupBy } from "../../../domain/Grouping.js"
import { quantile } from "../../../domain/Quantiles.js"
import { type MirrorSample, type MirrorTally, openDatabase, readMirror } from "../../../store/index.js"

export interface MirrorLine {
  readonly source: string
  readonly integration: string
  readonly endpoint: string
  readonly requests: number
  readonly hits: number
  readonly passed: Readonly<Record<string, number>>
  /** In dark mode: comparisons that would have been right, and wrong. */
  readonly right: number
  readonly wrong: number
  readonly compared: Readonly<Record<string, number>>
  readonly behindSeconds: { readonly p50: number; readonly p95: number; readonly max: number } | null
}

const sumBy = <A>(all: ReadonlyArray<A>, nameOf: (one: A) => string, of: (one: A) => number) =>
  all.reduce<Record<string, number>>((sums, one) => {
    sums[nameOf(one)] = (sums[nameOf(one)] ?? 0) + of(one)
    return sums
  }, {})

const lineOf = (tallies: ReadonlyArray<MirrorTally>, samples: ReadonlyArray<MirrorSample>): MirrorLine => {
  const { endpoint, integration, source } = tallies[0]!
  const count = (...outcomes: ReadonlyArray<string>): number =>
    tallies.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, one) => sum + one.count, 0)
  const behind = samples.map(({ behindMs }) => behindMs / 1_000).sort((a, b) => a - b)
  const passed = tallies.filter(({ outcome }) => outcome === "miss" || outcome === "bypass")
  return {
    source,
    integration,
    endpoint,
    requests: count("hit", "miss", "bypass"),
    hits: count("hit"),
    passed: sumBy(
      passed,
      ({ reason }) => reason,
      (one) => one.count
    ),
    right: count("right"),
    wrong: count("wrong"),
    compared: sumBy(
      samples,
      ({ outcome }) => outcome,
      () => 1
    ),
    behindSeconds:
      behind.length === 0
        ? null
        : { p50: quantile(behind, 0.5) ?? 0, p95: quantile(behind, 0.95) ?? 0, max: behind.at(-1) ?? 0 }
  }
}

/** Throws where the database cannot be read. */
export const readMirrorLines = (db: string): ReadonlyArray<MirrorLine> => {
  const database = openDatabase(db, { mustExist: true })
  try {
    const { samples, tallies } = readMirror(database)
    const keyOf = (one: MirrorTally | MirrorSample): string =>
      JSON.stringify([one.source, one.integration, one.endpoint])
    return [...groupBy(tallies, keyOf)].map(([key, group]) =>
      lineOf(
        group,
        samples.filter((sample) => keyOf(sample) === key)
      )
    )
  } finally {
    database.close()
  }
}

/** `endpoint 12, credential 1` */
export const reasonsOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ")
