// Builds dist/: the command line, the library entries and the threads, each bundled with what it needs (they start
// fast, and an installed package has one dependency, the SQLite module), and the types. `hookshift/effect` alone shares
// the program's own `effect` and `@effect/platform`.
import { createHash } from "node:crypto"
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
process.chdir(root)
if (!existsSync("src")) process.exit(0) // an installed package is built already

// npm links the commands of dependencies, not a checkout's own: this is what `npx hookshift` finds.
const link = "node_modules/.bin/hookshift"
if (existsSync("node_modules/.bin") && process.platform !== "win32") {
  rmSync(link, { force: true })
  symlinkSync("../../dist/cli.js", link)
}

// `npx hookshift` in a checkout runs `prepare` once more: a build that nothing has changed since stands.
const types = !process.argv.includes("--no-types")
const built = "dist/built.json"
const inputs = inputsOf(["src", "scripts", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.types.json"])
if (existsSync(built)) {
  const last = JSON.parse(readFileSync(built, "utf8"))
  if (last.inputs === inputs && (last.types || !types)) process.exit(0)
}

const { build } = await import("esbuild")
const { writeLicences } = await import("./licences.mjs")
rmSync("dist", { recursive: true, force: true })

const shared = {
  bundle: true,
  platform: "node",
  // Older than hookshift runs on: an old Node has to get as far as the sentence that says so.
  target: "node14.21",
  outdir: "dist",
  external: ["better-sqlite3"],
  logLevel: "warning",
  legalComments: "none",
  metafile: true
}
/** Bundled CommonJS packages ask for built-in modules by `require`. */
const requireBanner =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);'
const modules = { ...shared, format: "esm", splitting: true, banner: { js: requireBanner } }

const metafiles = [
  await build({
    ...modules,
    entryPoints: {
      index: "src/index.ts",
      receiver: "src/receiver.ts",
      "recorder-thread": "src/capture/writer/threadEntry.ts",
      "inbox-thread": "src/receiver/inbox/threadEntry.ts",
      "checkpoint-thread": "src/receiver/inbox/checkpointEntry.ts",
      "program-thread": "src/replay/wire/programThread.ts",
      "runs-thread": "src/replay/runs/runsThread.ts"
    },
    chunkNames: "lib-[hash]"
  }),
  // Apart from them: sharing chunks with it, a program that records would load the SQLite module.
  await build({ ...modules, entryPoints: { mirror: "src/mirror.ts" }, chunkNames: "mirror-[hash]" }),
  await build({
    ...modules,
    entryPoints: { effect: "src/effect.ts" },
    external: ["better-sqlite3", "effect", "@effect/platform"],
    chunkNames: "effect-[hash]"
  }),
  await build({
    ...modules,
    entryPoints: { cli: "src/cli/start.ts" },
    chunkNames: "cli-[hash]",
    minifySyntax: true,
    minifyWhitespace: true,
    banner: { js: `#!/usr/bin/env node\n${requireBanner}` }
  }),
  // The recorder's preload: CommonJS, since `--require` is what every Node takes.
  await build({
    ...shared,
    format: "cjs",
    entryPoints: { "register-node": "src/capture/register.ts" },
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.url": "__moduleUrl" },
    banner: { js: 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;' }
  }),
  await build({
    ...shared,
    format: "cjs",
    entryPoints: { preload: "src/capture/preload.ts" },
    outExtension: { ".js": ".cjs" },
    external: ["./register-node.cjs"]
  }),
  await build({ ...shared, format: "esm", entryPoints: { register: "src/register.ts" } })
]
writeLicences(
  "dist/THIRD-PARTY-LICENCES.txt",
  metafiles.flatMap(({ metafile }) => Object.keys(metafile.inputs))
)
chmodSync("dist/cli.js", 0o755)
if (types) await (await import("./types.mjs")).writeTypes()
writeFileSync(built, JSON.stringify({ inputs, types }))

/** The hash of those files and folders' contents. */
function inputsOf(names) {
  const hash = createHash("sha256")
  for (const name of names)
    for (const file of statSync(name).isDirectory() ? readdirSync(name, { recursive: true }).sort() : [""]) {
      const path = join(name, file)
      if (statSync(path).isFile()) hash.update(`${path}\0`).update(readFileSync(path))
    }
  return hash.digest("hex")
}
