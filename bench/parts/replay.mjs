// The replay engine: events a second, beside a naive event loop of closures on the same scenario; the demo's day and a
// thousand of it; memory by the number of runs; the wire's day. BENCH_CHANGES=100000000 makes one run of so many
// changes.
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { atLeast, atMost, line, pairs, run, say } from "../measure.mjs"
import { naiveRun } from "../naive.mjs"

const root = new URL("../..", import.meta.url).pathname
const cli = join(root, "dist/cli.js")

/** The engine as it is in the sources, bundled: it is no entry of the package. */
const engineOf = async () => {
  // In the checkout, where its packages are found.
  const outfile = join(root, "dist/bench-engine.mjs")
  await build({
    stdin: {
      contents: `export { runSimulation, noFaults } from "./src/replay/index.js"
export { analyseStore, noFaultSettings } from "./src/audit/index.js"
export { scenariosOf } from "./src/scenarios/index.js"
export { runAccount } from "./src/replay/runs/ModelAccount.js"
export { Store } from "./src/store/service.js"
export { Effect } from "effect"`,
      resolveDir: root,
      loader: "ts"
    },
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3"],
    banner: {
      js: `import{createRequire as __createRequire}from"node:module";const require=__createRequire(${JSON.stringify(pathToFileURL(join(root, "package.json")).href)});`
    },
    outfile,
    logLevel: "error"
  })
  return import(pathToFileURL(outfile).href)
}

const from = Date.parse("2026-03-02T00:00:00Z")

const busy = (noFaults, changes, entities, days) => ({
  account: "bench.example",
  from,
  to: from + days * 86_400_000,
  settledAt: from + days * 86_400_000 + 7_200_000,
  seed: 1,
  types: [
    {
      name: "ticket",
      wanted: true,
      sweep: { by: "timeFilter", perPage: 100, hidden: ["deleted"], wholeEvery: null },
      parent: -1,
      touches: false,
      deletionsShow: true
    }
  ],
  entities: {
    count: entities,
    type: new Uint8Array(entities),
    parent: new Int32Array(entities).fill(-1),
    stamp: new Float64Array(entities).fill(from - 86_400_000)
  },
  changes: { perSecond: changes / (days * 86_400), pushedShare: 0.9 },
  stampMs: 1_000,
  readLagMs: 800,
  callMs: 150,
  pollers: [
    {
      name: "poller",
      type: 0,
      mode: "since",
      everyMs: 60_000,
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
  ],
  delivery: {
    retryAfterMs: [60_000, 120_000, 240_000, 480_000],
    allowance: null,
    thin: false,
    tellsMoment: true,
    ackWithinMs: 5_000
  },
  receiver: {
    reconcileMs: 3_600_000,
    overlapMs: 120_000,
    readableWithinMs: 30_000,
    commitMs: 0,
    applyMs: 0,
    rememberMs: 3_600_000
  },
  faults: { ...noFaults, drop: 0.02, duplicate: 0.02 },
  limit: null,
  keptPerMinute: new Uint32Array(0)
})

const timed = (work) => {
  const started = performance.now()
  const value = work()
  return { value, seconds: (performance.now() - started) / 1_000 }
}

/** A process's seconds, and the most memory that it had. */
const processed = async (args) => {
  const started = performance.now()
  const { stderr } = await run(
    process.execPath,
    ["--import", new URL("../peak.mjs", import.meta.url).href, cli, ...args],
    {
      maxBuffer: 64 * 1024 * 1024
    }
  )
  return { seconds: (performance.now() - started) / 1_000, mebibytes: Number(/peak (\d+)/.exec(stderr)[1]) }
}

export default async (work) => {
  const engine = await engineOf()
  const scenario = busy(engine.noFaults, 1_000_000, 10_000, 10)
  const rates = []
  const ratios = []
  for (let pair = 0; pair < pairs; pair++) {
    const fast = timed(() => engine.runSimulation(scenario))
    const naive = timed(() => naiveRun(scenario))
    rates.push(fast.value.events / fast.seconds / 1e6)
    ratios.push(naive.seconds / naive.value.events / (fast.seconds / fast.value.events))
  }
  atLeast("replay engine, million events a second on one core", rates, 1)
  atLeast("times as fast as an event loop with a heap of closures", ratios, 5)

  const demo = await processed(["audit", "--demo", "--out", join(work, "demo")])
  atMost("the demo recorded, replayed on the wire and reported", [demo.seconds], 30, " s")
  const db = join(work, "demo/demo.db")
  const { analyseStore, Effect, noFaultSettings, runAccount, scenariosOf, Store } = engine
  const analysis = await Effect.runPromise(
    analyseStore({ from: null, to: null, reconcileSeconds: 3_600, routes: {}, plans: {} }).pipe(
      Effect.provide(Store.layer(db))
    )
  )
  const accounts = scenariosOf(analysis, {
    db,
    seed: 1,
    reconcileSeconds: 3_600,
    faults: noFaultSettings,
    changes: null
  })
  const pollers = accounts.reduce((sum, { scenario: { pollers: own } }) => sum + own.length, 0)
  const days = []
  for (let day = 1; day <= 60; day++)
    days.push(timed(() => accounts.map((account) => runAccount(account, day))).seconds * 1_000)
  atMost(`a day of the demo's ${pollers} pollers that move, warm`, days.slice(20), 50, " ms")
  say(`${" ".repeat(4)}cold, the first of them: ${days[0].toFixed(0)} ms`)
  const thousand = []
  for (let turn = 0; turn < 3; turn++)
    thousand.push((await processed(["replay", "--db", db, "--runs", "1000"])).seconds)
  atMost("1,000 such days, start and analysis included", thousand, 30, " s")
  const peaks = []
  for (const runs of [200, 1_000, 4_000])
    peaks.push((await processed(["replay", "--db", db, "--runs", String(runs)])).mebibytes)
  line("memory of 200, 1,000 and 4,000 runs", `${peaks.join(", ")} MiB`, "flat (+20 %)", peaks[2] <= peaks[0] * 1.2)

  const many = Number(process.env.BENCH_CHANGES ?? 10_000_000)
  const long = timed(() => engine.runSimulation(busy(engine.noFaults, many, 100_000, 365)))
  const mebibytes = Math.round(process.memoryUsage().rss / 1_048_576)
  line(
    `${many.toLocaleString("en-US")} changes in one run (BENCH_CHANGES)`,
    `${long.seconds.toFixed(1)} s, ${mebibytes} MiB`,
    "<= 2,048 MiB",
    mebibytes <= 2_048
  )
}
