/** The package as a user gets it: packed, and unpacked into a folder of the user's own. */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { root, temporaryFolder } from "./files.js"

/**
 * `node_modules` with hookshift from its tarball, and beside it only what package.json says it depends on, or may use.
 * Its command is linked as npm links it.
 */
export const installPacked = (optional: ReadonlyArray<string> = []): string => {
  const folder = temporaryFolder()
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
  ) as [{ filename: string }]
  const modules = join(folder, "node_modules")
  mkdirSync(join(modules, "hookshift"), { recursive: true })
  execFileSync("tar", ["-xzf", join(folder, packed.filename), "-C", join(modules, "hookshift"), "--strip-components=1"])
  for (const name of [...Object.keys(manifest.dependencies), ...optional]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, "node_modules", name), join(modules, name))
  }
  mkdirSync(join(modules, ".bin"))
  symlinkSync(join("..", "hookshift", manifest.bin.hookshift), join(modules, ".bin", "hookshift"))
  chmodSync(join(modules, "hookshift", manifest.bin.hookshift), 0o755)
  writeFileSync(join(folder, "package.json"), '{ "name": "somebody", "type": "module" }')
  return folder
}
