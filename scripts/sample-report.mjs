// Refreshes the committed sample report from the demo. Stopwatch figures differ by machine and stay out of it.
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const work = mkdtempSync(join(tmpdir(), "hookshift-sample-"))
execFileSync(process.execPath, [join(root, "dist/cli.js"), "audit", "--demo", "--out", work], { stdio: "inherit" })
const sample = join(root, "reports/sample")
mkdirSync(sample, { recursive: true })
for (const name of ["report.md", "report.html"]) copyFileSync(join(work, name), join(sample, name))
const text = readFileSync(join(work, "report.json"), "utf8")
const measured = '"measured": {\n    "ackSeconds": null,\n    "wallSeconds": 0\n  }'
writeFileSync(join(sample, "report.json"), text.replace(/"measured": \{[\s\S]*?\n {2}\}/, measured))
rmSync(work, { recursive: true, force: true })
