// The preload against plain fetch, and what OpenTelemetry's instrumentations and Polly.JS cost on the same work.
import { join } from "node:path"
import { atMost, file, json, line, median, pairs, say, start } from "../measure.mjs"

export default async (work) => {
  const count = Number(process.env.BENCH_CALLS ?? 6_000)
  const items = await start("items", work)
  const results = []
  for (let pair = 0; pair < pairs; pair++) {
    const env = {
      ...process.env,
      HOOKSHIFT_DB: join(work, `calls-${pair}.db`),
      HOOKSHIFT_HOSTS: `127.0.0.1:${items.port}=freshdesk@acme.freshdesk.com`
    }
    const plain = await json("calls.mjs", [items.port, count])
    const hookshift = await json("calls.mjs", [items.port, count, "hookshift"], {
      env,
      node: ["--import", file("../dist/register.js")]
    })
    const telemetry = await json("calls.mjs", [items.port, count, "opentelemetry"])
    const polly = await json("calls.mjs", [items.port, Math.ceil(count / 30), "polly"], {
      env: { ...process.env, BENCH_FOLDER: work }
    })
    if (hookshift.lost > 0) say(`the recorder lost ${hookshift.lost} calls`)
    results.push({ plain, hookshift, telemetry, polly })
  }
  items.stop()
  const of = (whose) => Math.round(median(results.map((result) => result[whose].microseconds)))
  const extra = (whose) => median(results.map((result) => result[whose].microseconds - result.plain.microseconds))
  say(
    `recorder: µs of CPU a call in all threads: plain fetch ${of("plain")}, hookshift ${of("hookshift")}, OpenTelemetry ${of("telemetry")}, Polly.JS ${of("polly")} (100 items a response, 8 at a time, every tenth response changed; as many calls before as are measured)`
  )
  atMost(
    "recorder's CPU per call against plain fetch",
    results.map(({ hookshift, plain }) => hookshift.microseconds / plain.microseconds),
    1.05
  )
  atMost(
    "recorder's p99 latency against plain fetch",
    results.map(({ hookshift, plain }) => hookshift.p99 / plain.p99),
    1.05
  )
  for (const [name, whose, goal] of [
    ["OpenTelemetry's", "telemetry", 0.5],
    ["Polly.JS's", "polly", 0.1]
  ]) {
    const share = extra("hookshift") / extra(whose)
    line(
      `recorder's extra CPU as a share of ${name}`,
      `${share.toFixed(2)} (${Math.round(extra("hookshift"))} of ${Math.round(extra(whose))} µs)`,
      `<= ${goal}`,
      share <= goal
    )
  }
}
