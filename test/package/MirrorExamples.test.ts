/** The examples of docs/mirror.md with a server of one's own, as written, from the packed package. */
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, it, onTestFinished } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { root } from "../support/files.js"
import { listening } from "../support/listening.js"
import { installPacked } from "../support/packed.js"
import { basic, simulatedProvider } from "../support/provider.js"
import { until } from "../support/until.js"

const run = promisify(execFile)

const examples: ReadonlyMap<string, string> = new Map(
  [...readFileSync(join(root, "docs/mirror.md"), "utf8").matchAll(/<!-- example: (\S+) -->\n```js\n(.*?)```/gs)].map(
    (match) => [match[1]!, match[2]!]
  )
)

const freePort = async (): Promise<number> => {
  const server = createServer()
  const port = await listening(server)
  await once(server.close(), "close")
  return port
}

it("the mirror runs behind Express, Fastify and a fetch handler as the docs have it, and is typed", async () => {
  expect([...examples.keys()]).toEqual(["express.mjs", "fastify.mjs", "fetch.mjs"])
  const simulator = await simulatedProvider({ entities: 60 })
  const folder = installPacked(["express", "fastify"])
  openDatabase(join(folder, "hookshift.db")).close()
  const source = { product: "freshdesk", baseUrl: simulator.url, auth: { secretEnv: "FRESHDESK_API_KEY" } }
  writeFileSync(join(folder, "hookshift.config.json"), JSON.stringify({ sources: { freshdesk: source } }))
  const env = { PATH: process.env["PATH"], FRESHDESK_API_KEY: "k", FRESHDESK_URL: simulator.url }
  const path = "/api/v2/tickets?per_page=5"
  const direct = await (await fetch(`${simulator.url}${path}`, { headers: basic("k") })).json()

  for (const name of ["express.mjs", "fastify.mjs"]) {
    const port = await freePort()
    writeFileSync(join(folder, name), examples.get(name)!.replace("3000", String(port)))
    const child = spawn(process.execPath, [name], { cwd: folder, env })
    onTestFinished(() => void child.kill("SIGKILL"))
    let said = ""
    child.stderr.on("data", (chunk) => {
      said += chunk
    })
    const url = `http://127.0.0.1:${port}/helpdesk`
    const asked = () => fetch(`${url}${path}`, { headers: basic("k") }).catch(() => null)
    await until(async () => {
      expect(child.exitCode, said).toBe(null)
      return (await asked()) !== null
    }, `${name} listens`)
    const answer = await asked()
    expect([answer?.status, answer?.headers.get("x-cache"), await answer?.json()]).toEqual([200, "MISS", direct])
    expect(answer?.headers.get("link")).toContain(`<${url}/api/v2/tickets`)
    child.kill("SIGTERM")
  }

  const listed = (await (
    await fetch(`${simulator.url}/api/v2/tickets`, { headers: basic("k") })
  ).json()) as Array<unknown>
  const example = examples.get("fetch.mjs")!
  writeFileSync(join(folder, "fetch.mjs"), example)
  // It ends by itself: a closed mirror keeps no process alive.
  expect((await run(process.execPath, ["fetch.mjs"], { cwd: folder, env })).stdout).toBe(`200 MISS ${listed.length}\n`)

  // The preload leaves the mirror's calls to the mirror.
  const recorded = (): number => {
    const database = openDatabase(join(folder, "hookshift.db"))
    const { calls } = database.prepare("SELECT count(*) AS calls FROM call").get() as { calls: number }
    database.close()
    return calls
  }
  const before = recorded()
  await run(process.execPath, ["--import", "hookshift/register", "fetch.mjs"], { cwd: folder, env })
  expect(recorded()).toBe(before + 1)

  const handlers = `import { createServer } from "node:http"
import { expressHandler, fastifyPlugin, type HandlerOptions, MirrorError } from "hookshift/mirror"
const options: HandlerOptions = { publicUrl: "https://app.acme.example/helpdesk" }
createServer(expressHandler(mirror, options))
void fastifyPlugin(mirror, options)
// @ts-expect-error: a misspelt setting
void createMirror({ config: { sources: { fd: { produkt: "freshdesk" } } } }).catch((error: MirrorError) => error.reason)
`
  writeFileSync(join(folder, "fetch.ts"), `${example}${handlers}`)
  const checked = "--noEmit --strict --skipLibCheck false --exactOptionalPropertyTypes --moduleResolution node16"
  const types = ["--target", "es2022", "--typeRoots", join(root, "node_modules/@types"), "--types", "node"]
  await run(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), ...checked.split(" "), "--module", "node16", ...types, "fetch.ts"],
    { cwd: folder }
  )
})
