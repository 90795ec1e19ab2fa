// `npm run test:matrix [VERSION…]`: recorder, receiver, replay and demo under other versions of Node, which come as npm
// packages; then programs on a Node that is too old, recorded. Without arguments: 22.14.0 (the oldest), 22, 24 and 26.
// `--share` runs fewer test files, and skips a Node that cannot be fetched.
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const cache = join(root, "node_modules/.cache/hookshift-matrix")
const share = process.argv.includes("--share")
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const versions = named.length > 0 ? named : ["22.14.0", "22", "24", "26"]
const tooOld = ["14", "16", "18", "20"]
const tests = share
  ? [
      "test/capture/Recorder.test.ts",
      "test/receiver/Receiver.test.ts",
      "test/receiver/HandOver.test.ts",
      "test/replay/Reproducible.test.ts",
      "test/store"
    ]
  : [
      "test/capture",
      "test/cli/Record.test.ts",
      "test/interchange",
      "test/receiver",
      "test/replay/Reproducible.test.ts",
      "test/store"
    ]
const npm = process.env.npm_execpath
if (npm === undefined) {
  console.error("run this with npm: npm run test:matrix")
  process.exit(2)
}
const { arch } = process
const platform = process.platform === "win32" ? "win" : process.platform

/** The folder of a Node's executable, from its npm package; `null` where a share may go without. */
const nodeOf = (version) => {
  const folder = join(cache, `node-${version}`)
  const bin = join(folder, `node_modules/node-${platform}-${arch}/bin`)
  if (!existsSync(join(bin, "node"))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "package.json"), "{}")
    const got = spawnSync(
      process.execPath,
      [npm, "install", "--no-audit", "--no-fund", `node-${platform}-${arch}@${version}`],
      {
        cwd: folder,
        stdio: ["ignore", "ignore", "inherit"]
      }
    )
    if (got.status !== 0) {
      if (!share) throw new Error(`Node ${version} could not be fetched`)
      console.log(`Node ${version} is skipped: it could not be fetched`)
      return null
    }
  }
  return bin
}

const work = mkdtempSync(join(tmpdir(), "hookshift-matrix-"))
const results = []
const note = (name, passed, why = "") => {
  results.push({ name, passed })
  console.log(`${name} ${passed ? "passed" : `FAILED ${why}`}`)
}

let demoFigures = null
const callsOf = (line) => Number(/^[\d,]+/.exec(line ?? "")?.[0].replaceAll(",", "") ?? Number.NaN)
const isNear = (calls, others) => Math.abs(calls - others) <= others * 0.005
for (const version of versions) {
  const bin = nodeOf(version)
  if (bin === null) continue
  const node = join(bin, "node")
  const name = `Node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`
  console.log(`\n${name}`)
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  const run = (...args) => spawnSync(node, args, { cwd: root, stdio: "inherit", env })
  note(`${name}: tests`, run("node_modules/vitest/vitest.mjs", "run", "--reporter=dot", ...tests).status === 0)
  const out = join(work, version)
  const demo = spawnSync(node, ["dist/cli.js", "audit", "--demo", "--out", out], { cwd: root, encoding: "utf8", env })
  const [figures] = demo.stdout.split("\n")
  demoFigures ??= figures
  note(
    `${name}: demo`,
    demo.status === 0 && isNear(callsOf(figures), callsOf(demoFigures)),
    `(${demo.status ?? demo.signal}) ${figures}, and under the first version ${demoFigures} ${demo.stderr}`
  )
  // That one version gives the same twice is Demo.test's to show.
  if (figures !== demoFigures) console.log(`its demo differs: ${figures}; under the first version ${demoFigures}`)
}

const app = join(work, "app.cjs")
writeFileSync(app, "console.log('it runs'); process.exit(7)")
for (const version of tooOld) {
  const bin = nodeOf(version)
  if (bin === null) continue
  const node = join(bin, "node")
  const recorded = spawnSync(
    process.execPath,
    [join(root, "dist/cli.js"), "record", "--db", join(work, "old.db"), "--", node, app],
    { encoding: "utf8" }
  )
  note(
    `a program on Node ${version} under record`,
    recorded.status === 7 &&
      recorded.stdout === "it runs\n" &&
      /^hookshift: recording needs Node .* it runs unrecorded/.test(recorded.stderr),
    JSON.stringify(recorded)
  )
  const told = spawnSync(node, [join(root, "dist/cli.js"), "pollers"], { encoding: "utf8" })
  note(
    `hookshift on Node ${version}`,
    told.status === 2 && /^hookshift: hookshift needs Node [^\n]*\n$/.test(told.stderr),
    told.stderr
  )
}
rmSync(work, { recursive: true, force: true })
const failed = results.filter(({ passed }) => !passed)
console.log(
  failed.length === 0 ? `\nall ${results.length} passed` : `\nFAILED: ${failed.map(({ name }) => name).join(", ")}`
)
process.exit(failed.length === 0 ? 0 : 1)
