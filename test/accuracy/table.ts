/** Writes docs/accuracy.md: `npm run accuracy`. */
import { writeFileSync } from "node:fs"
import { markdownTable } from "markdown-table"
import { bestThreshold, scoresOf } from "./beaconScore.js"
import { measure } from "./measure.js"
import { type Summary, summarise } from "./summary.js"
import { makeTraffic } from "./traffic.js"

const seeds = Number(process.env["ACCURACY_SEEDS"] ?? 200)
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const runs = Array.from({ length: seeds }, (_, n) => {
  const traffic = makeTraffic(n + 1)
  return { measured: measure(n + 1, traffic), scores: scoresOf(traffic), others: traffic.others }
})
const summary: Summary = summarise(runs.map(({ measured }) => measured))
const yardstick = bestThreshold(runs.flatMap(({ scores }) => scores))
const habits = new Map<string, number>()
for (const { measured } of runs)
  for (const { label } of measured.pairs) {
    const name = label.habit.split(",")[0]!
    habits.set(name, (habits.get(name) ?? 0) + 1)
  }
const others = new Map<string, number>()
for (const run of runs) for (const name of run.others) others.set(name, (others.get(name) ?? 0) + 1)

const listOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort()
    .map(([name, count]) => `${name} ${count}`)
    .join(", ")

writeFileSync(
  "docs/accuracy.md",
  `# How right the figures are

\`npm run accuracy\` writes this page: ${seeds} recordings from a generator of labelled traffic (test/accuracy/traffic.ts), which
knows what is true and shares no code with the analysis. A share of them runs in \`npm test\`.

Pollers by habit: ${listOf(habits)}. Beside them what polls not: ${listOf(others)}.

## Finding pollers

${markdownTable(
  [
    ["", "precision", "recall"],
    ["hookshift", percent(summary.precision), percent(summary.recall)],
    [
      `interval regularity score (Bowley skewness, MAD, coverage), best threshold ${yardstick.threshold.toFixed(2)}`,
      percent(yardstick.precision),
      percent(yardstick.recall)
    ]
  ],
  { align: ["l", "r", "r"] }
)}

${summary.found} of ${summary.labels} pollers were found, ${summary.wrong} that are none. Calls that are neither a poller's nor reported as unattributed: ${summary.lostCalls}.

## Figures of the pollers that were found

${markdownTable(
  [
    ["figure", "within", "share of pollers", "median error", "worst"],
    ...summary.figures.map(({ name, tolerance, median, share, worst }) => [
      name,
      percent(tolerance),
      percent(share),
      percent(median),
      percent(worst)
    ])
  ],
  { align: ["l", "r", "r", "r", "r"] }
)}

Empty sweeps are within two of a hundred, or one of few. The lag is the median; its truth is the change itself, not its stamp.

## Change rates

The estimated rate's own 95 % interval holds the rate that the world was made with in ${percent(summary.rateInside)} of ${summary.rates} pollers (goal 93 to 97 %), and in ${percent(summary.rateInsideFinest)} of ${summary.worlds} worlds when each world's fastest poller speaks for it (pollers of one world see the same changes, and err together). Where it does not, the estimate was too low ${summary.rateLow} times and too high ${summary.rateHigh} times.
`
)
console.log(JSON.stringify({ ...summary, yardstick }, null, 2))
