/** An answer of a test library in the network's place is no call; a request that it lets through is one. */
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { startEmptyLists } from "../support/emptyLists.js"
import { root, temporaryFolder } from "../support/files.js"

const preload = join(root, "dist/register.js")
const mocked = "https://acme.freshdesk.com"

const through = (library: string) => `
  const http = require("node:http"), https = require("node:https"), nock = require("${library}")
  const get = (url) => new Promise((done) => {
    const request = (url.startsWith("https") ? https : http).get(url, (answer) => {
      let text = ""
      answer.on("data", (chunk) => { text += chunk }).on("end", () => done(answer.statusCode + " " + text))
    })
    request.on("error", (error) => done("error " + error.code))
  })
  nock("${mocked}").get("/api/v2/groups").reply(201, [{ id: 7, updated_at: "2026-02-03T08:00:00Z" }])
  nock("${mocked}").get("/api/v2/agents").replyWithError(Object.assign(new Error("gone"), { code: "ECONNRESET" }))
  nock.enableNetConnect()
  const told = async () => {
    console.log(await get("${mocked}/api/v2/groups"))
    console.log(await get("${mocked}/api/v2/agents"))
    console.log(await get(process.argv[2] + "/api/v2/companies"))
    console.log(await (await fetch(process.argv[2] + "/api/v2/contacts")).text())
  }`

const programs: Record<string, string> = {
  "nock 13": `${through("nock13")}; told()`,
  "nock 14": `${through("nock")}; told()`,
  "undici's MockAgent": `
    const { MockAgent, fetch: mockable, setGlobalDispatcher } = require("undici7")
    const agent = new MockAgent()
    agent.get("${mocked}").intercept({ path: "/api/v2/groups" }).reply(201, [{ id: 7 }])
    setGlobalDispatcher(agent)
    const told = async () => {
      console.log(await (await mockable("${mocked}/api/v2/groups")).text())
      agent.enableNetConnect()
      for (const path of ["companies", "contacts"]) console.log(await (await mockable(process.argv[2] + "/api/v2/" + path)).text())
    }
    told()`
}

const run = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  new Promise<string>((done) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env["PATH"], ...env } })
    let text = ""
    child.stdout.on("data", (chunk) => {
      text += chunk
    })
    child.stderr.on("data", (chunk) => {
      text += chunk
    })
    child.on("close", (code) => done(`${text}exit ${code}`))
  })

it.each(Object.keys(programs))(
  "of %s: the library behaves as without recording, and only real calls are kept",
  async (name) => {
    const port = await startEmptyLists()
    const folder = temporaryFolder()
    // Beside the checkout's packages, which the program asks for.
    const program = join(folder, "app.cjs")
    writeFileSync(program, `module.paths.push(${JSON.stringify(join(root, "node_modules"))})\n${programs[name]}`)
    const args = [program, `http://127.0.0.1:${port}`]
    const alone = await run(args)
    const db = join(folder, "h.db")
    const recorded = await run(["--import", preload, ...args], {
      HOOKSHIFT_DB: db,
      HOOKSHIFT_HOSTS: `127.0.0.1:${port}=freshdesk@mine.example`
    })
    expect(alone).toMatch(/exit 0$/)
    expect(recorded).toBe(alone)
    const database = openDatabase(db)
    const calls = database
      .prepare("SELECT template, status FROM call JOIN stream ON stream.id = stream ORDER BY call.id")
      .all()
    database.close()
    expect(calls).toEqual([
      { template: "/api/v2/companies", status: 200 },
      { template: "/api/v2/contacts", status: 200 }
    ])
  }
)
