/** The package as a user gets it: packed, unpacked into an empty folder, the README's examples run from there. */
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import { openDatabase } from "../../src/store/index.js"
import { root } from "../support/files.js"
import { installPacked } from "../support/packed.js"
import { hostOf, simulatedProvider } from "../support/provider.js"

const run = promisify(execFile)

const peers = Object.keys(manifest.peerDependencies)

const examples = (): ReadonlyMap<string, string> =>
  new Map(
    [...readFileSync(join(root, "README.md"), "utf8").matchAll(/<!-- example: (\S+) -->\n```js\n(.*?)```/gs)].map(
      (match) => [match[1]!, match[2]!]
    )
  )

/** The packages that an entry loads before its first line runs. */
const packagesLoadedBy = (entry: string): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const packages = new Set<string>()
  const follow = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const source = readFileSync(join(root, "dist", file), "utf8")
    for (const [, name] of source.matchAll(/^(?:import|export)\s*(?:[^"';()]*?\sfrom\s*)?"([^"]+)";?$/gm)) {
      if (name!.startsWith("./")) follow(name!.slice(2))
      else if (!name!.startsWith("node:")) packages.add(name!)
    }
  }
  follow(entry)
  return [...packages].sort()
}

describe("a program that is recorded", () => {
  it("loads next to nothing for it, in its own thread and in the recorder's", () => {
    expect(packagesLoadedBy("register.js")).toEqual([])
    expect(readFileSync(join(root, "dist/register-node.cjs"), "utf8")).not.toContain('require("better-sqlite3")')
    expect(packagesLoadedBy("index.js")).toEqual([])
    expect(packagesLoadedBy("recorder-thread.js")).toEqual(["better-sqlite3"])
    expect(packagesLoadedBy("mirror.js")).toEqual(["better-sqlite3"])
    // Here to show that the question is asked rightly.
    expect(packagesLoadedBy("effect.js")).toContain("effect")
  })
})

describe("the packed tarball", () => {
  it("runs every example of the README, and the command line", async () => {
    const simulator = await simulatedProvider({ entities: 60 })
    const folder = installPacked(peers)
    const env = {
      PATH: process.env["PATH"],
      FRESHDESK_URL: simulator.url,
      FRESHDESK_API_KEY: "k",
      FRESHDESK_HOOK_SECRET: "s",
      HOOKSHIFT_HOSTS: hostOf(simulator)
    }
    const found = examples()
    expect([...found.keys()]).toEqual(["record.mjs", "effect.mjs", "clients.mjs", "receive.mjs"])
    for (const [name, source] of found) writeFileSync(join(folder, name), source)
    const node = async (...args: Array<string>) => (await run(process.execPath, args, { cwd: folder, env })).stdout
    expect(await node("record.mjs")).toMatch(/^\d+ tickets\n$/)
    expect(await node("effect.mjs")).toContain("27 contacts")
    expect(await node("clients.mjs")).toMatch(/^\d+ open tickets\n$/)
    expect(await node("receive.mjs")).toContain("ticket_update 42 changed id, status\n")
    writeFileSync(
      join(folder, "app.mjs"),
      `await (await fetch(process.env.FRESHDESK_URL + "/api/v2/companies", { headers: { authorization: "Basic azpY" } })).json()`
    )
    await node("--import", "hookshift/register", "app.mjs")
    const database = openDatabase(join(folder, "hookshift.db"))
    expect(
      database
        .prepare(
          "SELECT s.integration, s.template, c.status FROM call c JOIN stream s ON s.id = c.stream ORDER BY c.id"
        )
        .all()
    ).toEqual([
      { integration: "crm-sync", template: "/api/v2/tickets", status: 200 },
      { integration: "crm-sync", template: "/api/v2/contacts", status: 200 },
      { integration: "crm-sync", template: "/api/v2/tickets", status: 200 },
      { integration: "somebody app.mjs", template: "/api/v2/companies", status: 200 }
    ])
    database.close()
    expect(await node("node_modules/hookshift/dist/cli.js", "pollers")).toContain("none of them repeat at an interval")
  })
  it("has types for every entry point, and nothing that it does not need", async () => {
    const folder = installPacked()
    const packed = join(folder, "node_modules/hookshift")
    for (const entry of Object.values(manifest.exports)) {
      for (const file of typeof entry === "string" ? [entry] : [entry.types, entry.default])
        expect(readFileSync(join(packed, file), "utf8").length, file).toBeGreaterThan(0)
    }
    expect(readdirSync(packed).sort()).toEqual([
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "dist",
      "docs",
      "fixtures",
      "package.json",
      "reports"
    ])
    expect(existsSync(join(packed, "dist/THIRD-PARTY-LICENCES.txt"))).toBe(true)
    expect(existsSync(join(packed, "dist/built.json"))).toBe(false)
  })

  it.each(["node16", "bundler"] as const)(
    "is typed for every example of the README under moduleResolution %s, its own declarations checked too",
    async (resolution) => {
      // Only its own users' entries: effect is here for hookshift/effect alone.
      for (const [peersThere, names] of [
        [[], ["record.mjs", "clients.mjs", "receive.mjs"]],
        [peers, ["effect.mjs"]]
      ] as const) {
        const folder = installPacked(peersThere)
        for (const name of names)
          writeFileSync(join(folder, name.replace(".mjs", ".ts")), `${examples().get(name)!}\nexport {}\n`)
        await run(
          process.execPath,
          [
            join(root, "node_modules/typescript/bin/tsc"),
            "--noEmit",
            "--strict",
            "--skipLibCheck",
            "false",
            "--exactOptionalPropertyTypes",
            "--moduleResolution",
            resolution,
            "--module",
            resolution === "node16" ? "node16" : "es2022",
            "--target",
            "es2022",
            "--typeRoots",
            join(root, "node_modules/@types"),
            "--types",
            "node",
            ...names.map((name) => name.replace(".mjs", ".ts"))
          ],
          { cwd: folder }
        )
      }
    }
  )

  it("compiles nothing at npm ci: npm is told that the SQLite module comes built", () => {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
    // Without it npm does not read the module's own `gypfile: false`, and starts node-gyp.
    expect(lock.packages["node_modules/better-sqlite3"].hasInstallScript).toBe(true)
    expect(manifest.allowScripts["better-sqlite3"]).toBe(false)
  })

  it("holds every page and file that its pages link to, and that its messages name", () => {
    const packed = join(installPacked(), "node_modules/hookshift")
    const pages = readdirSync(packed, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".md") && !name.startsWith("fixtures")
    )
    expect(pages.length).toBeGreaterThan(20)
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(packed, page), "utf8").matchAll(/\]\(([^)\s]+)\)/g)]
        .map((match) => match[1]!)
        .filter((target) => !/^(https?:|mailto:|#)/.test(target))
        .filter((target) => !existsSync(join(packed, dirname(page), decodeURI(target.split("#")[0]!))))
        .map((target) => `${page}: ${target}`)
    )
    expect(broken).toEqual([])
    const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".ts")
    )
    const named = new Set(
      sources.flatMap((name) => readFileSync(join(root, "src", name), "utf8").match(/docs\/[\w/-]+\.\w+/g) ?? [])
    )
    expect(named.size).toBeGreaterThan(3)
    expect([...named].filter((page) => !existsSync(join(packed, page)))).toEqual([])
  })
})
