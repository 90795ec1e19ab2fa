/** Through a mirror that is the provider itself, a program gets the same bytes, errors and order as without one. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { describe, expect, it } from "vitest"
import { startAwkwardServer } from "../support/awkwardServer.js"
import { root, temporaryFolder } from "../support/files.js"

const program = join(root, "test/support/programs/awkward.mjs")

const run = (args: ReadonlyArray<string>, env: Record<string, string>) =>
  new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env["PATH"], ...env } })
    let [stdout, stderr] = ["", ""]
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

/** Connections to these end before an answer: what may be sent twice is. */
const lost = ["/reset-before", "/close-before"]

describe("a program that asks an awkward server through a mirror", () => {
  const clients = ["fetch", "http", "undici5", "undici6", "undici7", "undici8", "axios", "got", "needle"]
  it.concurrent.for(clients)(
    "gets the same by %s as without the mirror",
    { timeout: 400_000 },
    async (client, { onTestFinished }) => {
      const server = await startAwkwardServer(onTestFinished)
      const folder = temporaryFolder(onTestFinished)
      const args = [program, client, String(server.port), server.paths.join(",")]
      const both = async (file: string) => {
        await server.reset()
        const plain = await run(args, {})
        const asked = await server.counts()
        await server.reset()
        const mirrored = await run(["--import", join(root, "dist/register.js"), ...args], {
          HOOKSHIFT_DB: file,
          HOOKSHIFT_HOSTS: `127.0.0.1:${server.port}`,
          HOOKSHIFT_THROUGH: `127.0.0.1:${server.port}=http://localhost:${server.port}`
        })
        return { plain, mirrored, asked, seen: await server.counts() }
      }
      // A reset is a race that either run may lose; what the mirror changes, it changes every time.
      let ran = await both(join(folder, "1.db"))
      for (const again of ["2.db", "3.db"]) {
        if (isDeepStrictEqual(ran.mirrored, ran.plain)) break
        ran = await both(join(folder, again))
      }
      const { asked, mirrored, plain, seen } = ran
      expect(plain.code, plain.stderr).toBe(0)
      expect(JSON.parse(mirrored.stdout)).toEqual(JSON.parse(plain.stdout))
      expect(mirrored).toEqual(plain)
      const answered = (counts: Readonly<Record<string, number>>) =>
        Object.fromEntries(Object.entries(counts).filter(([path]) => !lost.includes(path)))
      expect(answered(seen)).toEqual(answered(asked))
      for (const path of lost) expect(seen[path]).toBeGreaterThan(asked[path] ?? 0)
    }
  )
})
