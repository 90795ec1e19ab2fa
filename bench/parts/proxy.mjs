// The recording proxy against http-proxy-3, both in front of the same upstream, both keeping its connections.
import { join } from "node:path"
import { atLeast, json, median, pairs, say, start } from "../measure.mjs"

export default async (work) => {
  const count = Number(process.env.BENCH_PROXIED ?? 6_000)
  const items = await start("items", work)
  const peer = await start("http-proxy-3", work, { args: [items.port] })
  const ours = await start("proxy", work, { args: [items.port], env: { HOOKSHIFT_DB: join(work, "proxy.db") } })
  for (const { port } of [peer, ours]) await json("through.mjs", [port, 1_000])
  const results = []
  for (let pair = 0; pair < pairs; pair++) {
    results.push({
      peer: await json("through.mjs", [peer.port, count]),
      ours: await json("through.mjs", [ours.port, count])
    })
  }
  for (const server of [items, peer, ours]) server.stop()
  const of = (whose) => Math.round(median(results.map((result) => result[whose].perSecond)))
  say(
    `proxy: ${of("ours")} calls/s while recording, http-proxy-3 ${of("peer")} calls/s (100 items a response, 16 connections)`
  )
  atLeast(
    "proxy's throughput while recording against http-proxy-3",
    results.map((result) => result.ours.perSecond / result.peer.perSecond),
    1
  )
}
