// `node bench/har.mjs import FILE DB` or `… parse FILE`: one run in a process of its own, so that its memory is its
// own.
import { execFileSync } from "node:child_process"
import { readFileSync, statSync } from "node:fs"

const [, , what, file, db] = process.argv
const megabytes = statSync(file).size / 1e6
const started = process.hrtime.bigint()
const seconds = () => Number(process.hrtime.bigint() - started) / 1e9
if (what === "parse") {
  const { log } = JSON.parse(readFileSync(file, "utf8"))
  process.stdout.write(JSON.stringify({ megabytesPerSecond: megabytes / seconds(), calls: log.entries.length }))
} else {
  // The command as a user runs it; GNU time's place is taken by the process's own account of its peak.
  const cli = new URL("../dist/cli.js", import.meta.url).pathname
  const peak = 'process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS))'
  const { stdout, stderr } = run(cli, peak)
  process.stdout.write(
    JSON.stringify({
      megabytesPerSecond: megabytes / seconds(),
      residentMegabytes: Number(/peak (\d+)/.exec(stderr)[1]) / 1000,
      calls: JSON.parse(stdout).added
    })
  )
}

function run(cli, peak) {
  const out = execFileSync(
    "sh",
    [
      "-c",
      `"$0" --import "data:text/javascript,${encodeURIComponent(peak)}" "$1" import har "$2" --db "$3" --json 2>"$3.err"; cat "$3.err" >&2`,
      process.execPath,
      cli,
      file,
      db
    ],
    { encoding: "utf8" }
  )
  return { stdout: out, stderr: readFileSync(`${db}.err`, "utf8") }
}
