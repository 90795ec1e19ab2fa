// The receiver against a bare listener, and against Fastify, that check the HMAC and store nothing.
import { atLeast, atMost, json, median, pairs, say, start } from "../measure.mjs"

export default async (work) => {
  const count = Number(process.env.BENCH_POSTS ?? 20_000)
  const [bare, fastify, hookshift] = [
    await start("bare", work),
    await start("fastify", work),
    await start("receiver", work)
  ]
  await json("load.mjs", [bare.port, 4_000, 900])
  await json("load.mjs", [fastify.port, 4_000, 902])
  await json("load.mjs", [hookshift.port, 4_000, 901])
  const results = []
  for (let pair = 0; pair < pairs; pair++) {
    const ours = await json("load.mjs", [hookshift.port, count, pair])
    const theirs = await json("load.mjs", [bare.port, count, pair])
    const framework = await json("load.mjs", [fastify.port, count, pair])
    results.push({ ours, theirs, framework })
  }
  bare.stop()
  fastify.stop()
  hookshift.stop()
  const of = (whose, what) => median(results.map((result) => result[whose][what]))
  say(
    `receiver at synchronous=FULL: ${Math.round(of("ours", "perSecond"))} posts/s, p99 ${of("ours", "p99").toFixed(1)} ms; bare listener: ${Math.round(of("theirs", "perSecond"))} posts/s, p99 ${of("theirs", "p99").toFixed(1)} ms (64 connections, 2 KB)`
  )
  atLeast(
    "receiver's throughput against a bare listener with HMAC",
    results.map(({ ours, theirs }) => ours.perSecond / theirs.perSecond),
    0.9
  )
  atMost(
    "receiver's p99 against the bare listener's",
    results.map(({ ours, theirs }) => ours.p99 / theirs.p99),
    2
  )
  atLeast(
    "receiver's throughput against Fastify with HMAC and no storage",
    results.map(({ ours, framework }) => ours.perSecond / framework.perSecond),
    1
  )
}
