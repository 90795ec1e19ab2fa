// Plays the demo's day through the mirror (audit --demo --mirror) and prints what still goes to the provider, by
// integration and by reason, and how late each program sees its changes. MIRROR_SEEDS names the days (1).
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url))
const byCount = (counts) =>
  Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${count}`)
    .join(", ")
const lateness = (seen) => (seen === null ? "-" : `${seen.polling.p95} / ${seen.mirror.p95} s (${seen.changes})`)

for (const seed of (process.env.MIRROR_SEEDS ?? "1").split(",")) {
  const out = mkdtempSync(join(tmpdir(), "hookshift-mirror-demo-"))
  try {
    const options = ["audit", "--demo", "--mirror", "--seed", seed, "--out", out, "--format", "json", "--quiet"]
    const { status } = spawnSync(process.execPath, [cli, ...options], { stdio: ["ignore", "ignore", "inherit"] })
    if (status !== 0) process.exit(status ?? 1)
    const { replay } = JSON.parse(readFileSync(join(out, "report.json"), "utf8"))
    const { mirror, polling } = replay
    const { passed, ...others } = mirror.callsBreakdown
    const fewer = ((1 - mirror.calls / polling.calls) * 100).toFixed(1)
    console.log(
      `seed ${seed}: ${polling.calls} calls by polling, ${mirror.calls} through the mirror: ${fewer} % fewer; ${mirror.hits} of ${mirror.requests} requests from the state`
    )
    console.log(`went through: ${byCount(passed)}; beside them: ${byCount(others)}`)
    console.log(
      `seen ${polling.seen} by polling, ${mirror.seen} through the mirror; missed ${polling.missed}, ${mirror.missed}`
    )
    console.table(
      mirror.byIntegration.map((one) => ({
        integration: one.integration,
        requests: one.requests,
        hits: one.hits,
        through: byCount(one.passed),
        "pushed, p95 polling / mirror": lateness(one.pushed),
        others: lateness(one.others),
        unseen: one.unseen
      }))
    )
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}
