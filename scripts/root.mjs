// Holds the top level to what belongs there: a stray or empty file is an error that names it.
import { execFileSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"

const allowed = new Set([
  ".ci",
  ".dependency-cruiser.cjs",
  ".gitignore",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "bench",
  "biome.json",
  "docs",
  "fixtures",
  "knip.json",
  "package-lock.json",
  "package.json",
  "reports",
  "scripts",
  "src",
  "test",
  "tsconfig.json",
  "tsconfig.types.json",
  "vitest.config.ts"
])

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(file))
const stray = [...new Set(files.map((file) => file.split("/")[0]))].filter((name) => !allowed.has(name))
const empty = files.filter((file) => !file.includes("/") && statSync(file).size === 0)
for (const name of stray)
  console.error(`${name} does not belong at the top level: move it, remove it, or add it to scripts/root.mjs`)
for (const name of empty) console.error(`${name} is empty: remove it`)
process.exit(stray.length + empty.length > 0 ? 1 : 0)
