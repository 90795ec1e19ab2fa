/** Writes docs/accuracy.md: `npm run accuracy`. */
import { readFileSync, writeFileSync } from "node:fs"
import { markdownTable } from "markdown-table"
import { bestThreshold, scoresOf } from "./beaconScore.js"
import { clusterSeeds, playCase, toldCases, untoldCases } from "./clusterCases.js"
import { measure } from "./measure.js"
import { playScenario, type ScenarioOutcome } from "./scenarios.js"
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

const paces = runs.flatMap(({ measured }) =>
  measured.pairs.map(({ found, label }) => ({
    habit: label.habit.split(",")[0]!,
    follows: found.adaptive?.by === "news",
    quiet: label.emptySweeps >= label.sweeps * 0.05 && label.emptySweeps >= 10
  }))
)
const following = paces.filter(({ habit, quiet }) => habit === "adaptive" && quiet)
const adaptive = {
  all: following.length,
  told: following.filter(({ follows }) => follows).length,
  wrong: paces.filter(({ follows, habit }) => follows && habit !== "adaptive" && habit !== "back-off").length
}

const scenarios = Number(process.env["ACCURACY_SCENARIOS"] ?? 50)
const played: Array<ScenarioOutcome> = []
for (let seed = 1; played.length < scenarios; seed++) {
  const outcome = await playScenario(seed)
  if (outcome !== null) played.push(outcome)
}
const within = (share: number, calls: number): string =>
  `${played.filter(({ apart, forecast, replayed }) => apart <= share || Math.abs(forecast - replayed) <= calls).length} of ${played.length}`
const apart = played.map((one) => one.apart).sort((a, b) => a - b)
const worst = [...played].sort((a, b) => b.apart - a.apart).slice(0, 5)
const polled = played.reduce((sum, { calls }) => sum + calls, 0)
const difference = played.reduce((sum, { forecast, replayed }) => sum + forecast - replayed, 0)

const page = "docs/accuracy.md"
/** The proof's table stands on this page too, and is of another campaign. */
const provingGround = readFileSync(page, "utf8").split("\n## The proving ground")[1] ?? ""

writeFileSync(
  page,
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

Coverage is counted from changed fields. Where only the stamp of a change shows, it is a range from none of these changes pushed to all, and the forecast counts the worse end; \`hookshift shadow\` then tells.

A timer that follows what it finds is told as adaptive, with its range: ${adaptive.told} of ${adaptive.all} that had empty sweeps to follow; of the other timers ${adaptive.wrong} (those that back off after refusals left out).

## Change rates

The estimated rate's own 95 % interval holds the rate that the world was made with in ${percent(summary.rateInside)} of ${summary.rates} pollers (goal 93 to 97 %), and in ${percent(summary.rateInsideFinest)} of ${summary.worlds} worlds when each world's fastest poller speaks for it (pollers of one world see the same changes, and err together). Where it does not, the estimate was too low ${summary.rateLow} times and too high ${summary.rateHigh} times.

Where writers cluster, the interval is wider by the dispersion that blocks of time show, and no rate is told where people change one entity faster than the poller asks
(test/accuracy/clusters.ts, ${clusterSeeds} seeds each). A cluster that falls between two sweeps each time leaves no trace: its changes but for the last are in no figure.

${markdownTable(
  [
    ["writers", "asked every", "hours", "rate told", "interval holds the true rate"],
    ...[...toldCases, ...untoldCases].map((one) => {
      const { holding, told } = playCase(one)
      return [
        one.name,
        `${one.everySeconds} s`,
        String(one.hours),
        percent(told),
        // Of a few that should tell none, a share says nothing.
        told < 0.05 ? "" : percent(holding)
      ]
    })
  ],
  { align: ["l", "r", "r", "r", "r"] }
)}

## Calls after: the forecast against the replay

${played.length} random accounts (product, size, change rate, one to five pollers, eight hours to a day, four reconciliation intervals; test/accuracy/scenarios.ts):
programs poll the simulator under virtual time, the audit forecasts from what was recorded, and the replay counts what the real receiver then calls.
Apart is the difference in shares of all calls that polling made.

${markdownTable(
  [
    ["", ""],
    ["within 1 percentage point", within(0.01, 0)],
    ["within 1 percentage point, or three calls of a small account", within(0.01, 3)],
    ["median", percent(apart[Math.floor(apart.length / 2)]!)],
    ["all accounts together", percent(Math.abs(difference) / polled)],
    ["changes missed by the webhook path", String(played.reduce((sum, { missed }) => sum + missed, 0))],
    ["replays whose two paths end with the same", `${played.filter(({ equal }) => equal).length} of ${played.length}`]
  ],
  { align: ["l", "r"] }
)}

The worst, with the seed that makes them again:

${markdownTable(
  [
    ["seed", "account", "calls polled", "forecast", "replayed", "apart"],
    ...worst.map(({ apart: by, calls, forecast, replayed, seed, what }) => [
      String(seed),
      what,
      String(calls),
      String(forecast),
      String(replayed),
      percent(by)
    ])
  ],
  { align: ["r", "l", "r", "r", "r", "r"] }
)}

Why they differ: a poller that asks only for what changed does not show how long the list is that reconciliation reads first (what it saw is
extended by Chao's estimate of what it did not), nor what changed before it began; calls that a program makes once when it starts count as kept.
${provingGround === "" ? "" : `\n## The proving ground${provingGround}`}`
)
console.log(JSON.stringify({ ...summary, yardstick, worst }, null, 2))
