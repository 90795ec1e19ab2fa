import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { analyseStore, noFaultSettings } from "../../src/audit/index.js"
import { demoAccounts, demoDay, demoOf } from "../../src/demo/index.js"
import { spread } from "../../src/domain/Quantiles.js"
import { isReplaced } from "../../src/domain/Verdict.js"
import { replayThroughMirror } from "../../src/replay/index.js"
import { judgePolling } from "../../src/replay/wire/PathDiff.js"
import { openDatabase, readSeenChanges } from "../../src/store/index.js"
import { Store } from "../../src/store/service.js"

const seed = Number(process.env["SEED"] ?? 1)
it("prints", { timeout: 3_600_000 }, async () => {
  const work = mkdtempSync(join(tmpdir(), "hs-third-"))
  const demo = demoOf()
  const db = join(work, "demo.db")
  let began = performance.now()
  const polled = await demo.record(db, work, seed, () => undefined)
  const out: Array<string> = []
  const say = (line: string) => {
    out.push(line)
    console.log(line)
  }
  say(`polling: ${polled.calls} calls, ${Math.round(performance.now() - began)} ms`)
  const settings = {
    from: demoDay.from,
    to: demoDay.to,
    reconcileSeconds: 14_400,
    healWithinSeconds: 14_400,
    routes: {},
    plans: Object.fromEntries(demoAccounts.map(({ account, plan }) => [account, plan])),
    faults: noFaultSettings
  }
  const analysis = await Effect.runPromise(analyseStore(settings).pipe(Effect.provide(Store.layer(db))))
  const plans = analysis.needs.map((need) => ({
    account: need.account,
    source: need.product,
    planned: need.planned,
    entities: need.entities,
    reconcileSeconds: need.reconcileSeconds,
    own: need.own,
    replaced: new Set(
      analysis.pollers.filter((p) => p.account === need.account && isReplaced(p)).map((p) => p.integration)
    )
  }))
  for (const p of plans)
    say(
      `plan ${p.account}: ${p.entities.join(",")} every ${p.reconcileSeconds} own ${JSON.stringify(p.own)} replaced ${[...p.replaced].join(",")}`
    )
  began = performance.now()
  const { days, db: seenDb } = await replayThroughMirror(
    { ...demoDay, seed, reconcileSeconds: 14_400, faults: noFaultSettings, plans, folder: work, outage: null },
    demo.mirrored(seed)
  )
  const sum = (of: (day: (typeof days)[0]) => number) => days.reduce((all, day) => all + of(day), 0)
  const run = {
    db: seenDb,
    calls: sum((d) => d.calls),
    ownReads: sum((d) => d.ownReads),
    tally: {
      reconciliation: sum((d) => d.tally.reconciliation),
      hydration: sum((d) => d.tally.hydration),
      retries: sum((d) => d.tally.retries)
    },
    requests: days.flatMap((d) => d.requests.map((r) => ({ ...r, account: d.account }))),
    truth: days.flatMap((d) => d.truth).sort((a, b) => a.at - b.at)
  }
  say(
    `mirror: ${run.calls} calls at the provider, ${Math.round(performance.now() - began)} ms; ${JSON.stringify(days.map((d) => [d.account, d.calls, d.tally, d.ownReads, d.warnings, d.refusal]))}`
  )
  say(
    JSON.stringify({
      ...run.tally,
      ownReads: run.ownReads,
      requests: run.requests.length,
      hits: run.requests.filter((r) => r.reason === null).length
    })
  )
  const passed = run.requests.filter((r) => r.reason !== null && r.reason !== "in-flight")
  say(
    `went through ${passed.length}; rest ${run.calls - passed.length - run.ownReads - run.tally.reconciliation - run.tally.hydration - run.tally.retries}`
  )
  const by = new Map<string, Map<string, number>>()
  for (const r of run.requests) {
    const k = `${r.account} ${r.integration}`
    const m = by.get(k) ?? new Map()
    by.set(k, m)
    m.set(r.reason ?? "HIT", (m.get(r.reason ?? "HIT") ?? 0) + 1)
  }
  const all = new Map<string, number>()
  for (const [k, m] of by) {
    say(
      `${k}: ${[...m]
        .sort((a, b) => b[1] - a[1])
        .map(([r, n]) => `${r} ${n}`)
        .join(", ")}`
    )
    for (const [r, n] of m) all.set(r, (all.get(r) ?? 0) + n)
  }
  say(
    `all: ${[...all]
      .sort((a, b) => b[1] - a[1])
      .map(([r, n]) => `${r} ${n}`)
      .join(", ")}`
  )
  const arrivals = (file: string) => {
    const d = openDatabase(file, { mustExist: true })
    try {
      return readSeenChanges(d, demoDay)
    } finally {
      d.close()
    }
  }
  const [now, then] = [arrivals(polled.db), arrivals(run.db)]
  const entities = new Set(plans.flatMap(({ account, entities: e }) => e.map((one) => `${account} ${one}`)))
  const truth = polled.truth.filter((c) => c.at < demoDay.to && entities.has(`${c.account} ${c.entity}`))
  say(
    `changes ${truth.length}; truth equal: ${JSON.stringify(polled.truth.filter((c) => c.at < demoDay.to)) === JSON.stringify(run.truth.filter((c) => c.at < demoDay.to))}`
  )
  say(`polling ${JSON.stringify(judgePolling(truth, now))}`)
  say(`mirror ${JSON.stringify(judgePolling(truth, then))}`)
  const at = new Map<string, number>()
  for (const c of polled.truth) {
    const k = `${c.account} ${c.entity} ${c.id} ${c.updatedAt}`
    if (!at.has(k)) at.set(k, c.at)
  }
  for (const name of new Set(now.map((a) => a.integration))) {
    const group = (list: typeof now) => {
      const m = new Map<string, Array<(typeof now)[0]>>()
      for (const a of list)
        if (a.integration === name) {
          const k = `${a.account} ${a.entity} ${a.id}`
          m.set(k, [...(m.get(k) ?? []), a])
        }
      return m
    }
    const [a, b] = [group(now), group(then)]
    const lags: Array<[number, number]> = []
    let lost = 0
    for (const [k, versions] of a)
      for (const v of versions) {
        const changed = at.get(`${k} ${v.updatedAt}`)
        if (changed === undefined) continue
        const mine =
          b
            .get(k)
            ?.filter((o) => o.updatedAt >= v.updatedAt)
            .map((o) => o.at) ?? []
        if (mine.length === 0) {
          lost++
          say(`   LOST ${name} ${k} ${new Date(v.updatedAt).toISOString()} polled at ${new Date(v.at).toISOString()}`)
          continue
        }
        lags.push([(v.at - changed) / 1000, (Math.min(...mine) - changed) / 1000])
      }
    say(
      `${name}: ${lags.length} lost ${lost} now ${JSON.stringify(spread(lags.map((l) => l[0])))} mirror ${JSON.stringify(spread(lags.map((l) => l[1])))}`
    )
  }
  for (const file of [polled.db, run.db]) {
    const d = openDatabase(file, { mustExist: true })
    for (const row of d
      .prepare(
        "SELECT s.integration, c.status, c.error, count(*) AS n, min(c.started_at) AS a, max(c.started_at) AS b FROM call c JOIN stream s ON s.id = c.stream WHERE coalesce(c.status, 0) <> 200 GROUP BY 1, 2, 3"
      )
      .all() as any)
      say(JSON.stringify({ ...row, a: new Date(row.a).toISOString(), b: new Date(row.b).toISOString() }))
    d.close()
  }
  if (process.env["OUT"]) writeFileSync(process.env["OUT"], `${out.join("\n")}\n`)
  rmSync(work, { recursive: true, force: true })
  expect(run.calls).toBeGreaterThan(0)
})
