/** The mirror's answers by integration and endpoint, reasons for which the rest went through, outcomes of comparisons. */
import { Effect } from "effect"
import { groupBy } from "../../../domain/Grouping.js"
import { quantile } from "../../../domain/Quantiles.js"
import { explain, type MirrorSample, type MirrorTally, openDatabase, readMirror } from "../../../store/index.js"
import { columns, print, printJson } from "../../Output.js"
import type { MirrorStatusOptions } from "./MirrorCommand.js"

interface Line {
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

const lineOf = (tallies: ReadonlyArray<MirrorTally>, samples: ReadonlyArray<MirrorSample>): Line => {
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

const readLines = (db: string): ReadonlyArray<Line> => {
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

const reasonsOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ")

const comparedText = ({ behindSeconds, compared, right, wrong }: Line): string => {
  if (behindSeconds === null) return ""
  const dark = right + wrong === 0 ? "" : `${right} right, ${wrong} wrong: `
  return `${dark}${reasonsOf(compared)}; behind p95 ${behindSeconds.p95.toFixed(1)} s`
}

export const runMirrorStatus = (options: MirrorStatusOptions) =>
  Effect.gen(function* () {
    const lines = yield* Effect.try({
      try: () => readLines(options.db),
      catch: (error) => explain(error, options.db)
    })
    if (options.json) return yield* printJson({ integrations: lines })
    if (lines.length === 0)
      return yield* print(
        "No request has come to a mirror on this database yet: hookshift mirror --dark, or see docs/mirror.md"
      )
    const [requests, hits] = [
      lines.reduce((sum, one) => sum + one.requests, 0),
      lines.reduce((sum, one) => sum + one.hits, 0)
    ]
    yield* print(
      [
        columns(
          ["source", "integration", "endpoint", "requests", "from the state", "went through", "compared"],
          lines.map((line) => [
            line.source,
            line.integration,
            line.endpoint,
            String(line.requests),
            String(line.hits),
            reasonsOf(line.passed),
            comparedText(line)
          ]),
          new Set([3, 4])
        ),
        "",
        `${hits} of ${requests} requests were answered from the state: so many calls were saved`
      ].join("\n")
    )
  })
