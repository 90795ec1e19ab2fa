// Measures the analysis on labelled traffic and writes docs/accuracy.md. ACCURACY_SEEDS sets how many recordings (200).
import { rmSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

process.chdir(fileURLToPath(new URL("..", import.meta.url)))
const outfile = "dist/accuracy.mjs"
await build({
  entryPoints: ["test/accuracy/table.ts"],
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  outfile,
  logLevel: "warning"
})
try {
  await import(pathToFileURL(outfile).href)
} finally {
  rmSync(outfile)
}
