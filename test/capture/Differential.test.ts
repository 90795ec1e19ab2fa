import { spawn } from "node:child_process"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { describe, expect, it } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { startAwkwardServer } from "../support/awkwardServer.js"
import { root, temporaryFolder } from "../support/files.js"

const program = join(root, "test/support/programs/awkward.mjs")
const major = Number(process.versions.node.split(".")[0])

const run = (args: ReadonlyArray<string>, env: Record<string, string>) =>
  new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env["PATH"], ...env } })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => {
      stdout += chunk
    })
    child.stderr.on("data", (chunk) => {
      stderr += chunk
    })
    child.on("close", (code, signal) =>
      // Node puts its process id into warnings.
      resolve({ code, signal, stdout, stderr: stderr.replace(/\(node:\d+\)/g, "(node)") })
    )
  })

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

describe("a program that asks an awkward server", () => {
  const clients = [
    "fetch",
    "http",
    "undici5",
    "undici6",
    "undici7",
    "undici8",
    "axios",
    "got",
    "needle",
    "superagent",
    "node-fetch"
  ]
  it.concurrent.for(clients.filter((name) => name !== "undici8" || major >= 22))(
    "gets the same bytes, errors and order from %s with recording as without, and ends by itself",
    { timeout: 400_000 },
    async (client, { onTestFinished }) => {
      const server = await startAwkwardServer(onTestFinished)
      const folder = temporaryFolder(onTestFinished)
      const args = [program, client, String(server.port), server.paths.join(",")]
      const both = async (file: string) => {
        await server.reset()
        const plain = await run(args, {})
        const asked = total(await server.counts())
        await server.reset()
        const recorded = await run(["--import", join(root, "dist/register.js"), ...args], {
          HOOKSHIFT_DB: file,
          HOOKSHIFT_HOSTS: `127.0.0.1:${server.port}`
        })
        return { file, plain, asked, recorded, seen: await server.counts() }
      }
      // A reset is a race that either run may lose; what recording changes, it changes every time.
      let ran = await both(join(folder, "1.db"))
      for (const again of ["2.db", "3.db"]) {
        if (isDeepStrictEqual(ran.recorded, ran.plain) && total(ran.seen) === ran.asked) break
        ran = await both(join(folder, again))
      }
      const { asked, file, plain, recorded, seen } = ran
      expect(plain.code, plain.stderr).toBe(0)
      expect(JSON.parse(recorded.stdout)).toEqual(JSON.parse(plain.stdout))
      expect(recorded).toEqual(plain)
      expect(plain.stdout).not.toContain("unhandled")

      // What was recorded is what the server saw.
      expect(total(seen)).toBe(asked)
      const database = openDatabase(file)
      const calls = database
        .prepare("SELECT template, count(*) AS n FROM call JOIN stream ON stream.id = stream GROUP BY template")
        .all() as Array<{
        template: string
        n: number
      }>
      database.close()
      expect(Object.fromEntries(calls.map(({ n, template }) => [template, n]))).toEqual(seen)
    }
  )
})
