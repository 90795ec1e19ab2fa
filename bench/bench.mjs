// `npm run bench [PART…]`: paired runs, side by side in one go, medians of the pairs' ratios. The machine is noisy:
// read the ratios, not the absolute figures. Parts: receiver, handover, backlog, pressure, signatures, recorder,
// growth, proxy, mirror, har, audit, replay, help.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const parts = [
  "receiver",
  "handover",
  "backlog",
  "pressure",
  "signatures",
  "recorder",
  "growth",
  "proxy",
  "mirror",
  "har",
  "audit",
  "replay",
  "help"
]
const asked = process.argv.slice(2)
const unknown = asked.find((name) => !parts.includes(name))
if (unknown !== undefined) {
  console.error(`${unknown} is no part of the bench: choose among ${parts.join(", ")}`)
  process.exit(2)
}
const work = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "hookshift-bench-"))
try {
  for (const name of asked.length > 0 ? asked : parts) await (await import(`./parts/${name}.mjs`)).default(work)
} finally {
  rmSync(work, { recursive: true, force: true })
}
