/**
 * Programs behind the preload ask a mirror, and the provider where the mirror does not answer: real processes of every
 * client, with a mirror that is killed between two of their calls, and in one.
 */
import { spawn, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import https from "node:https"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { everyFile, root, temporaryFolder } from "../support/files.js"
import { listening } from "../support/listening.js"
import { startBoth } from "../support/mirrored.js"

const program = join(root, "test/support/programs/through.mjs")
/** The program's own, in test/support/programs/through.mjs. */
const credential = "Basic Y2FuYXJ5OlgK"

const run = (args: ReadonlyArray<string>, env: Record<string, string>) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env["PATH"], ...env } })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (chunk) => {
      stdout += chunk
    })
    child.stderr.on("data", (chunk) => {
      stderr += chunk
    })
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })

interface Told {
  readonly status?: number
  readonly url?: string
  readonly link?: string
  readonly text?: string
  readonly error?: string
}
const told = (stdout: string): ReadonlyArray<Told> => JSON.parse(stdout) as ReadonlyArray<Told>
const froms = (stdout: string): ReadonlyArray<unknown> =>
  told(stdout).map(({ error, text }) => error ?? (JSON.parse(text ?? "{}") as { from?: string }).from)

const recorded = (db: string) => {
  const database = openDatabase(db)
  try {
    return database
      .prepare("SELECT account, method, template, status FROM call JOIN stream ON stream.id = stream ORDER BY call.id")
      .all()
  } finally {
    database.close()
  }
}

const preload = ["--import", join(root, "dist/register.js")]
const environment = (folder: string, providerPort: number, through: string) => ({
  HOOKSHIFT_DB: join(folder, "h.db"),
  HOOKSHIFT_HOSTS: `127.0.0.1:${providerPort}=freshdesk@acme.freshdesk.com`,
  HOOKSHIFT_THROUGH: through
})

const clients = [
  "fetch",
  "http",
  "undici5",
  "undici6",
  "undici7",
  "undici8",
  "undici5 Pool",
  "undici6 Client",
  "undici7 Client",
  "undici8 Pool",
  "axios",
  "got",
  "needle"
]

describe("a program behind the preload", () => {
  it.for(clients)(
    "asks the mirror with %s, and the provider from the call on in which the mirror is killed",
    async (client) => {
      const { base, mirror, mirrorPort, provider, providerPort } = await startBoth(onTestFinished, ({ url }) =>
        url.endsWith("page=3")
      )
      const folder = temporaryFolder()
      const through = `http://127.0.0.1:${mirrorPort}/acme`
      const env = environment(folder, providerPort, through)
      const ran = await run([...preload, program, client, base, "5"], env)
      const plain = await run([program, client, base, "5"], {})
      expect([ran.code, ran.stderr]).toEqual([0, ""])
      expect(froms(ran.stdout)).toEqual(["mirror", "mirror", "provider", "provider", "provider"])
      // All else is as without the mirror: status, the URL that the client tells, the link's address.
      const without = (stdout: string) => told(stdout).map(({ text: _, ...rest }) => rest)
      expect(without(ran.stdout)).toEqual(without(plain.stdout))
      // Nothing of it is asked twice, but the call in which the mirror died.
      expect([...new Set(mirror.map(({ url }) => url))]).toEqual(
        [1, 2, 3].map((page) => `/acme/api/v2/tickets?page=${page}`)
      )
      expect(provider.map(({ url }) => url)).toEqual(
        [3, 4, 5, 1, 2, 3, 4, 5].map((page) => `/api/v2/tickets?page=${page}`)
      )
      for (const { headers } of mirror)
        expect(headers).toMatchObject({
          authorization: credential,
          host: `127.0.0.1:${mirrorPort}`,
          "x-hookshift-origin": base
        })
      // The provider gets what it gets without a mirror.
      for (const at of [0, 1, 2]) expect(provider[at]).toEqual(provider[at + 5])
      // Recorded is what went past the mirror: it records the rest itself.
      const straight = { account: "acme.freshdesk.com", method: "GET", template: "/api/v2/tickets", status: 200 }
      expect(recorded(join(folder, "h.db"))).toEqual([straight, straight, straight])
      const bytes = everyFile(folder).map(({ text }) => text)
      expect(bytes.filter((text) => text.includes(credential) || text.includes("Y2FuYXJ5"))).toEqual([])
      const status = JSON.parse((await runCli(["record", "status", "--json", "--db", join(folder, "h.db")])).stdout)
      expect(status).toMatchObject({ calls: 3, pastMirror: 3, otherHosts: [] })
    }
  )

  it.for(clients)(
    "writes by %s through the mirror; to the provider if the mirror is down, and never twice",
    async (client) => {
      const writes = { WRITES: "1" }
      const whole = await startBoth(onTestFinished)
      const folder = temporaryFolder()
      const ranWith = async (both: typeof whole, port: number, pages: string) =>
        run([...preload, program, client, both.base, pages], {
          ...environment(folder, both.providerPort, `http://127.0.0.1:${port}`),
          ...writes
        })
      expect(froms((await ranWith(whole, whole.mirrorPort, "2")).stdout)).toEqual(["mirror", "mirror", "mirror"])
      expect(whole.mirror.at(-1)).toMatchObject({ method: "POST", body: '{"subject":"new"}' })
      expect(whole.provider).toEqual([])

      const closed = createServer()
      const freePort = await listening(closed)
      await new Promise((done) => closed.close(done))
      expect(froms((await ranWith(whole, freePort, "0")).stdout)).toEqual(["provider"])
      expect(whole.provider).toMatchObject([{ method: "POST", url: "/api/v2/tickets", body: '{"subject":"new"}' }])

      // It may have reached the provider: the program hears of it, as of any connection that is lost.
      const dying = await startBoth(onTestFinished, ({ method }) => method === "POST")
      const [answer] = froms((await ranWith(dying, dying.mirrorPort, "0")).stdout)
      expect(answer).toMatch(/ECONNRESET|UND_ERR_SOCKET/)
      expect([dying.mirror.length, dying.provider.length]).toEqual([1, 0])
    }
  )

  it.for(["fetch", "http", "undici7 Client", "axios"])(
    "asks an https provider by %s through a plain mirror, and by TLS without it",
    async (client, context) => {
      const folder = temporaryFolder()
      const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")]
      const made = spawnSync("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
        ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
      ])
      if (made.status !== 0) return context.skip("openssl is not here to make a certificate")
      const seen: Array<unknown> = []
      const secure = https.createServer(
        { cert: readFileSync(certificate), key: readFileSync(key) },
        (request, response) => {
          seen.push(request.headers["x-hookshift-origin"], request.headers.host)
          response.end('{"from":"provider"}')
        }
      )
      const port = await listening(secure)
      const { mirror, mirrorPort } = await startBoth(onTestFinished, ({ url }) => url.endsWith("page=2"))
      const ran = await run([...preload, program, client, `https://localhost:${port}`, "3"], {
        HOOKSHIFT_DB: join(folder, "h.db"),
        HOOKSHIFT_HOSTS: `localhost:${port}=freshdesk`,
        HOOKSHIFT_THROUGH: `localhost:${port}=http://127.0.0.1:${mirrorPort}`,
        NODE_EXTRA_CA_CERTS: certificate
      })
      expect([ran.code, ran.stderr]).toEqual([0, ""])
      expect(froms(ran.stdout)).toEqual(["mirror", "provider", "provider"])
      expect(mirror[0]?.headers["x-hookshift-origin"]).toBe(`https://localhost:${port}`)
      expect(seen).toEqual([undefined, `localhost:${port}`, undefined, `localhost:${port}`])
    }
  )

  it.for(["nock", "nock13"])(
    "is answered by %s and undici's MockAgent, where it uses them, and not by the mirror",
    async (nock) => {
      const { mirror, mirrorPort } = await startBoth(onTestFinished)
      const folder = temporaryFolder()
      const file = join(folder, "app.cjs")
      writeFileSync(
        file,
        `module.paths.push(${JSON.stringify(join(root, "node_modules"))})
       const https = require("node:https"), nock = require("${nock}")
       nock("https://acme.freshdesk.com").get("/api/v2/groups").reply(201, [])
       const told = async (version) => {
         const { fetch, MockAgent, setGlobalDispatcher } = require("undici" + version)
         const agent = new MockAgent()
         agent.disableNetConnect()
         agent.get("https://acme.freshdesk.com").intercept({ path: "/api/v2/groups" }).reply(202, "[]")
         setGlobalDispatcher(agent)
         console.log((await fetch("https://acme.freshdesk.com/api/v2/groups")).status)
       }
       https.get("https://acme.freshdesk.com/api/v2/groups", async (answer) => {
         console.log(answer.statusCode)
         for (const version of [5, 6, 7, 8]) await told(version)
       })`
      )
      const ran = await run([...preload, file], {
        HOOKSHIFT_DB: join(folder, "h.db"),
        HOOKSHIFT_THROUGH: `acme.freshdesk.com=http://127.0.0.1:${mirrorPort}`
      })
      expect(ran).toEqual({ code: 0, stdout: "201\n202\n202\n202\n202\n", stderr: "" })
      expect(mirror).toEqual([])
    }
  )

  it.for(["fetch", "http", "undici5", "undici8 Pool"])(
    "asks the mirror with %s at the mirror's path, in place of the account's own",
    async (client) => {
      const { base, mirror, mirrorPort, provider } = await startBoth(onTestFinished)
      const folder = temporaryFolder()
      writeFileSync(
        join(folder, "hookshift.config.json"),
        JSON.stringify({ sources: { itsm: { product: "freshservice", baseUrl: `${base}/freshservice` } } })
      )
      const env = {
        HOOKSHIFT_DB: join(folder, "h.db"),
        HOOKSHIFT_CONFIG: join(folder, "hookshift.config.json"),
        HOOKSHIFT_THROUGH: `http://127.0.0.1:${mirrorPort}/itsm`
      }
      const ran = await run([...preload, program, client, `${base}/freshservice`, "2"], env)
      expect([ran.code, ran.stderr, froms(ran.stdout)]).toEqual([0, "", ["mirror", "mirror"]])
      expect(mirror.map(({ url }) => url)).toEqual(["/itsm/api/v2/tickets?page=1", "/itsm/api/v2/tickets?page=2"])
      expect(provider).toEqual([])
    }
  )

  it("records as ever, and says why, when the address is none", async () => {
    const { base, mirror, providerPort } = await startBoth(onTestFinished)
    const folder = temporaryFolder()
    const ran = await run([...preload, program, "fetch", base, "2"], environment(folder, providerPort, "mirror.local"))
    expect(froms(ran.stdout)).toEqual(["provider", "provider"])
    expect(ran.stderr).toMatch(/^hookshift: HOOKSHIFT_THROUGH: a mirror has an address .*; calls go to the provider\n$/)
    expect([mirror, recorded(join(folder, "h.db")).length]).toEqual([[], 2])
  })

  it("is started by record with --through, for its threads and child processes too", async () => {
    const { base, mirror, mirrorPort, provider, providerPort } = await startBoth(onTestFinished, ({ url }) =>
      url.endsWith("/last")
    )
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, "app.mjs"),
      `import { spawnSync } from "node:child_process"
       import { Worker } from "node:worker_threads"
       const ask = (path) => "fetch('${base}' + " + JSON.stringify(path) + ").then((answer) => answer.text())"
       await new Promise((done) => new Worker(ask("/api/v2/thread"), { eval: true }).on("exit", done))
       spawnSync(process.execPath, ["-e", ask("/api/v2/child")], { cwd: "/" })
       await (await fetch("${base}/api/v2/last")).text()`
    )
    const hosts = { HOOKSHIFT_HOSTS: `127.0.0.1:${providerPort}=freshdesk` }
    const through = ["--through", `http://127.0.0.1:${mirrorPort}`]
    const ran = await runCli(["record", ...through, "--", process.execPath, "app.mjs"], { cwd: folder, env: hosts })
    expect(ran).toEqual({
      code: 0,
      stdout: "",
      stderr:
        "hookshift: 1 call went straight to the provider, since the mirror did not answer: see that hookshift mirror runs at its address\n"
    })
    expect([...new Set(mirror.map(({ url }) => url))]).toEqual(["/api/v2/thread", "/api/v2/child", "/api/v2/last"])
    expect(provider.map(({ url }) => url)).toEqual(["/api/v2/last"])
    const told = await runCli(["record", "status"], { cwd: folder })
    expect(told.stdout).toContain("1 call went straight to the provider")
    const refused = await runCli(["record", "--through", "help.acme.com=http://127.0.0.1:1", "--", "node"], {
      cwd: folder,
      env: hosts
    })
    expect([refused.code, refused.stderr]).toEqual([
      2,
      "hookshift: --through: calls to help.acme.com are not recorded, so those that go straight there would not be counted: add it to capture.hosts\n"
    ])
  })
})
