// `npm run test:matrix [VERSION…]`: the recorder's tests, and that replays are the same to the byte, under other versions of Node, which come as npm packages. The
// SQLite module is compiled for each (a minute or two, once). Without arguments: 20, 22 and 24. `--share` runs the tests that
// need no awkward server, and skips a Node that cannot be fetched or compiled for.
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const cache = join(root, "node_modules/.cache/hookshift-matrix")
const share = process.argv.includes("--share")
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const versions = named.length > 0 ? named : ["20", "22", "24"]
const tests = share
  ? [
      "test/capture/Recorder.test.ts",
      "test/capture/ListMemory.test.ts",
      "test/cli/Record.test.ts",
      "test/interchange",
      "test/replay/Reproducible.test.ts",
      "test/store"
    ]
  : ["test/capture", "test/cli/Record.test.ts", "test/interchange", "test/replay/Reproducible.test.ts", "test/store"]
const npm = process.env.npm_execpath
if (npm === undefined) {
  console.error("run this with npm: npm run test:matrix")
  process.exit(2)
}
const nodeGyp = join(dirname(npm), "../node_modules/node-gyp/bin/node-gyp.js")
const { platform: system, arch } = process
const platform = system === "win32" ? "win" : system

/** A Node of that version: this one, or from its npm package. */
const nodeOf = (version) => {
  const folder = join(cache, `node-${version}`)
  const home = join(folder, `node_modules/node-${platform}-${arch}`)
  if (!existsSync(join(home, "bin/node"))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "package.json"), "{}")
    execFileSync(process.execPath, [npm, "install", "--no-audit", "--no-fund", `node-${platform}-${arch}@${version}`], {
      cwd: folder,
      stdio: "inherit"
    })
  }
  return home
}

/** A copy of the checkout with a SQLite module of its own. */
const checkoutFor = (version, home) => {
  const folder = join(cache, `checkout-${version}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, "node_modules"), { recursive: true })
  for (const name of ["src", "test", "fixtures", "scripts", "dist"])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  for (const name of ["package.json", "vitest.config.ts", "tsconfig.json", "README.md"])
    cpSync(join(root, name), join(folder, name))
  const own = new Set([".cache", ".vite", ".bin", "better-sqlite3"])
  for (const name of readdirSync(join(root, "node_modules")))
    if (!own.has(name))
      cpSync(join(root, "node_modules", name), join(folder, "node_modules", name), { recursive: true })
  const sqlite = join(cache, `better-sqlite3-${version}`)
  if (!existsSync(join(sqlite, "build/Release/better_sqlite3.node"))) {
    cpSync(join(root, "node_modules/better-sqlite3"), sqlite, { recursive: true })
    rmSync(join(sqlite, "build"), { recursive: true, force: true })
    console.log(`compiling the SQLite module for Node ${version}`)
    const built = spawnSync(join(home, "bin/node"), [nodeGyp, "rebuild", "--release", `--nodedir=${home}`], {
      cwd: sqlite,
      encoding: "utf8",
      // npm's own setting of this name would win over the flag.
      env: { ...process.env, npm_config_nodedir: home, PATH: `${join(home, "bin")}:${process.env.PATH}` }
    })
    if (built.status !== 0) throw new Error(`the SQLite module does not compile for Node ${version}:\n${built.stderr}`)
  }
  cpSync(sqlite, join(folder, "node_modules/better-sqlite3"), { recursive: true })
  return folder
}

/** `null` where a share may go without: no registry, no compiler. */
const prepare = (version) => {
  try {
    const home = nodeOf(version)
    return { home, folder: checkoutFor(version, home) }
  } catch (error) {
    if (!share) throw error
    console.log(`Node ${version} is skipped: ${String(error.message).split("\n")[0]}`)
    return null
  }
}

const results = versions.flatMap((version) => {
  const ready = prepare(version)
  if (ready === null) return []
  const { folder, home } = ready
  const node = join(home, "bin/node")
  const name = execFileSync(node, ["--version"], { encoding: "utf8" }).trim()
  console.log(`\nNode ${name}`)
  const { status } = spawnSync(node, ["node_modules/vitest/vitest.mjs", "run", "--reporter=dot", ...tests], {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, PATH: `${join(home, "bin")}:${process.env.PATH}` }
  })
  return [{ name, passed: status === 0 }]
})
console.log(`\n${results.map(({ name, passed }) => `${name} ${passed ? "passed" : "FAILED"}`).join(", ")}`)
process.exit(results.every(({ passed }) => passed) ? 0 : 1)
