// Builds dist/: the command line bundled with what it needs (it has to start fast), the library entries with their
// packages left outside (they must share the program's own `effect`), and the types.
import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
process.chdir(root)
if (!existsSync("src")) process.exit(0) // an installed package is built already

const { build } = await import("esbuild")
rmSync("dist", { recursive: true, force: true })

const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  outdir: "dist",
  logLevel: "warning",
  sourcemap: false
}

await build({
  ...shared,
  entryPoints: {
    index: "src/index.ts",
    effect: "src/effect.ts",
    register: "src/register.ts",
    receiver: "src/receiver.ts",
    "recorder-thread": "src/capture/recorderThread.ts",
    "inbox-thread": "src/receiver/inbox/threadEntry.ts",
    "checkpoint-thread": "src/receiver/inbox/checkpointEntry.ts",
    "program-thread": "src/replay/wire/programThread.ts",
    "runs-thread": "src/replay/runs/runsThread.ts"
  },
  packages: "external",
  splitting: true,
  chunkNames: "lib-[hash]"
})
await build({
  ...shared,
  entryPoints: { cli: "src/cli/main.ts" },
  external: ["better-sqlite3"],
  splitting: true,
  chunkNames: "cli-[hash]",
  minifySyntax: true,
  minifyWhitespace: true,
  banner: {
    js: '#!/usr/bin/env node\nimport{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);'
  }
})
chmodSync("dist/cli.js", 0o755)
// npm links the commands of dependencies, not a checkout's own: this is what `npx hookshift` finds.
const link = "node_modules/.bin/hookshift"
if (existsSync("node_modules/.bin") && process.platform !== "win32") {
  rmSync(link, { force: true })
  symlinkSync("../../dist/cli.js", link)
}
if (!process.argv.includes("--no-types")) {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" })
  // report.json's schema, of the types that it is made by.
  const { createGenerator } = await import("ts-json-schema-generator")
  const schema = createGenerator({
    path: "src/domain/Report.ts",
    tsconfig: "tsconfig.json",
    type: "Report",
    skipTypeCheck: true,
    additionalProperties: true
  }).createSchema("Report")
  writeFileSync(
    "dist/report.schema.json",
    `${JSON.stringify({ ...schema, title: "hookshift's report.json, schemaVersion 1" }, null, 2)}\n`
  )
}
