/** A mirror's answers so far, by integration and endpoint, as its notes in the database have them. */
import { groupBy, mostFirst } from "../../../domain/Grouping.js"
import { type Spread, spread } from "../../../domain/Quantiles.js"
import type { EpochMillis } from "../../../domain/Time.js"
import {
  type MirrorCaller,
  type MirrorSample,
  type MirrorTally,
  OwnerRow,
  openDatabase,
  readMirror,
  SweepRows
} from "../../../store/index.js"

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
  /** Between the first comparison that is kept and the last one; comparisons are kept for 30 days. */
  readonly comparedSeconds: number
  readonly behindSeconds: Spread | null
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
    comparedSeconds: samples.length < 2 ? 0 : (samples.at(-1)!.at - samples[0]!.at) / 1_000,
    behindSeconds: spread(samples.map(({ behindMs }) => behindMs / 1_000))
  }
}

export interface MirrorReport {
  readonly integrations: ReadonlyArray<MirrorLine>
  /** Readings that mirrors made themselves of what pushes had told in part: a call each, or the pages of a list. */
  readonly ownReadings: number
  /** Callers that no setting names, as the running mirror stands to them; none of one that has stopped. */
  readonly callers: ReadonlyArray<Omit<MirrorCaller, "at">>
  /** Types that the receiver has begun to reconcile; `complete` once a sweep has read them whole. */
  readonly reconciled: ReadonlyArray<{ readonly source: string; readonly entity: string; readonly complete: boolean }>
}

/** Throws where the database cannot be read. */
export const readMirrorReport = (db: string, now: EpochMillis): MirrorReport => {
  const remedy = "hookshift receive makes it, and a mirror beside it counts there"
  const database = openDatabase(db, { mustExist: true, readsOnly: true, remedy })
  try {
    const { callers, samples, tallies } = readMirror(database)
    const keyOf = (one: MirrorTally | MirrorSample): string =>
      JSON.stringify([one.source, one.integration, one.endpoint])
    const mirror = OwnerRow.runningOwner(database, "mirror_owner", now)
    const samplesOf = groupBy(samples, keyOf)
    const own = tallies.filter(({ outcome }) => outcome === "own")
    const asked = tallies.filter(({ outcome }) => outcome !== "own")
    return {
      ownReadings: own.reduce((sum, one) => sum + one.count, 0),
      integrations: [...groupBy(asked, keyOf)].map(([key, group]) => lineOf(group, samplesOf.get(key) ?? [])),
      // Those of an earlier mirror stay until this one has some.
      callers: mirror === null ? [] : callers.filter(({ at }) => at >= mirror.since).map(({ at, ...one }) => one),
      reconciled: SweepRows.begunTypes(database)
        .all()
        .map((one) => ({ ...one, complete: one.complete === 1 }))
    }
  } finally {
    database.close()
  }
}

/** `endpoint 12, credential 1` */
export const reasonsOf = (counts: Readonly<Record<string, number>>): string =>
  mostFirst(Object.entries(counts))
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ")
