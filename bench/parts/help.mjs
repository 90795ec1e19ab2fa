// How long the command line takes to start.
import { file, line, median, pairs, run } from "../measure.mjs"

export default async () => {
  const once = async (args) => {
    const from = process.hrtime.bigint()
    await run(process.execPath, args)
    return Number(process.hrtime.bigint() - from) / 1e6
  }
  const extra = []
  for (let pair = 0; pair < pairs; pair++)
    extra.push((await once([file("../dist/cli.js"), "--help"])) - (await once(["-e", "0"])))
  line("hookshift --help, beyond node -e 0", `${Math.round(median(extra))} ms`, "<= 500 ms", median(extra) <= 500)
}
