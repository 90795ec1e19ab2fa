/** A Node that is too old gets one sentence and never the SQLite module; a program that runs on one runs unrecorded. */
import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { describe, expect, it } from "vitest"
import { isSupportedNode, requireSupportedNode, UnsupportedNode } from "../../src/domain/SupportedNode.js"
import { root, temporaryFolder } from "../support/files.js"

const versionOf = (node: string): string =>
  spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout.trim()

/** An older Node on this machine's PATH; `npm run test:matrix` brings four of its own. */
const oldNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "node"))
  .find((node) => existsSync(node) && !isSupportedNode(versionOf(node)))

const cli = join(root, "dist/cli.js")

describe("the check of Node's version", () => {
  it("takes 22.14 and what is newer", () => {
    const asked = [
      "12.0.0",
      "20.20.2",
      "22.9.0",
      "22.13.1",
      "22.14.0",
      "22.23.3",
      "24.0.0",
      "26.10.0",
      "27.0.0-nightly"
    ]
    expect(asked.map(isSupportedNode)).toEqual([false, false, false, false, true, true, true, true, true])
  })
  it("throws a typed error whose sentence names both versions and the remedy", () => {
    expect(() => requireSupportedNode("20.20.2")).toThrow(UnsupportedNode)
    expect(() => requireSupportedNode("20.20.2")).toThrow(
      "hookshift needs Node 22.14 or newer, and this is Node 20.20.2: install a newer one, or start hookshift with npx in a checkout, which brings its own"
    )
    expect(() => requireSupportedNode("22.14.0")).not.toThrow()
  })
})

describe.skipIf(oldNode === undefined)("on an older Node", () => {
  const run = (command: string, args: ReadonlyArray<string>) => {
    const { status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8", cwd: temporaryFolder() })
    return { status, stderr, stdout }
  }
  it("the command line says so and exits 2", () => {
    const told = { status: 2, stderr: expect.stringMatching(/^hookshift: hookshift needs Node [^\n]*\n$/), stdout: "" }
    expect(run(oldNode!, [cli, "pollers"])).toEqual(told)
    expect(run(oldNode!, [cli, "--help"])).toEqual(told)
  })
  it("a recorded program runs unrecorded, with its own output and end", () => {
    const app = join(temporaryFolder(), "app with a space.cjs")
    writeFileSync(app, "console.log('it runs'); process.exit(7)")
    const unrecorded = {
      status: 7,
      stderr: expect.stringMatching(/^hookshift: recording needs Node [^\n]* it runs unrecorded[^\n]*\n$/),
      stdout: "it runs\n"
    }
    expect(run(process.execPath, [cli, "record", "--", oldNode!, app])).toEqual(unrecorded)
    expect(run(oldNode!, ["--import", join(root, "dist/register.js"), app])).toEqual(unrecorded)
  })
  it("the library throws before it loads the SQLite module", () => {
    const app = join(temporaryFolder(), "app.mjs")
    writeFileSync(
      app,
      `import { openRecorder } from ${JSON.stringify(join(root, "dist/index.js"))}
       import { createReceiver } from ${JSON.stringify(join(root, "dist/receiver.js"))}
       for (const start of [() => openRecorder(), () => createReceiver({ sources: {} })])
         try { await start() } catch (error) { console.log(error.code, error._tag) }`
    )
    const line = "ERR_HOOKSHIFT_NODE UnsupportedNode\n"
    expect(run(oldNode!, [app])).toEqual({ status: 0, stderr: "", stdout: line + line })
  })
})
