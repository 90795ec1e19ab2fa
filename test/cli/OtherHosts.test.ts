/** A recording that sees only hosts that it does not record says so, and what to do, wherever it is shown. */
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { isConfined } from "../../src/capture/index.js"
import { openDatabase } from "../../src/store/index.js"
import { type Ran, runCli } from "../support/cli.js"
import { startEmptyLists } from "../support/emptyLists.js"
import { temporaryFolder } from "../support/files.js"

const canary = "canary-path-4711"

/** A company's own domain for its Freshdesk account. */
const helpdesk = async (): Promise<string> => `127.0.0.1:${await startEmptyLists()}`

const program = (host: string) => `
  import http from "node:http"
  import { Worker } from "node:worker_threads"
  const url = "http://${host}/api/v2/tickets/${canary}?key=${canary}"
  for (let n = 0; n < 3; n++) await (await fetch(url, { headers: { authorization: "Basic ${canary}" } })).text()
  await new Promise((done) => http.get(url, (answer) => answer.resume().on("end", done)))
  await new Promise((done) => new Worker(\`fetch("\${url}").then((one) => one.text())\`, { eval: true }).on("exit", done))
`

describe("calls to hosts that are not recorded", () => {
  let folder: string
  let host: string
  let recorded: Ran
  const said = () =>
    `hookshift: 5 calls went to ${host}, which is not recorded: add it to capture.hosts or set HOOKSHIFT_HOSTS`

  it("are counted by host alone and named by each command that shows the recording", async () => {
    folder = temporaryFolder()
    host = await helpdesk()
    writeFileSync(join(folder, "app.mjs"), program(host))
    recorded = await runCli(["record", "--", process.execPath, "app.mjs"], { cwd: folder })
    expect(recorded).toMatchObject({ code: 0, stdout: "" })
    expect(recorded.stderr).toContain(said())
    const status = await runCli(["record", "status"], { cwd: folder })
    expect(status.stdout).toContain(`not recorded: 5 calls went to ${host}`)
    const asJson = await runCli(["record", "status", "--json"], { cwd: folder })
    expect(JSON.parse(asJson.stdout).otherHosts).toEqual([{ host, calls: 5 }])
    for (const command of [["pollers"], ["audit", "--out", "reports"], ["pollers", "--json"]])
      expect((await runCli(command, { cwd: folder })).stderr, command.join(" ")).toContain(said())
    const database = openDatabase(join(folder, "hookshift.db"))
    expect(database.prepare("SELECT count(*) FROM call").pluck().get()).toBe(0)
    database.close()
    const everything = spawnSync("grep", ["-rla", canary, "--include=hookshift.db*", "."], {
      cwd: folder,
      encoding: "utf8"
    })
    expect(everything.stdout).toBe("")
  })

  it("are recorded once the host is named", async () => {
    const again = temporaryFolder()
    const named = await helpdesk()
    writeFileSync(join(again, "app.mjs"), program(named))
    const ran = await runCli(["record", "--", process.execPath, "app.mjs"], {
      cwd: again,
      env: { HOOKSHIFT_HOSTS: `${named}=freshdesk` }
    })
    expect(ran).toMatchObject({ code: 0, stderr: "" })
    const status = JSON.parse((await runCli(["record", "status", "--json"], { cwd: again })).stdout)
    expect([status.calls, status.otherHosts]).toEqual([5, []])
  })

  it("cannot fill the database: hosts beyond a bound are counted together", async () => {
    const flooded = temporaryFolder()
    writeFileSync(
      join(flooded, "app.mjs"),
      `import { openRecorder } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)}
       const recorder = openRecorder({ db: "hookshift.db" })
       for (let n = 0; n < 1000; n++) recorder.begin({ method: "GET", url: "http://host" + n + ".example/", authorization: null, userAgent: null, requestBytes: 0 })
       recorder.begin({ method: "GET", url: "http://user\\u001b[31m.example/", authorization: null, userAgent: null, requestBytes: 0 })
       await recorder.close()`
    )
    expect((await runCli(["record", "status", "--db", "none.db"], { cwd: flooded })).code).toBe(2)
    expect(spawnSync(process.execPath, ["app.mjs"], { cwd: flooded, encoding: "utf8" }).stderr).toBe("")
    const status = JSON.parse((await runCli(["record", "status", "--json"], { cwd: flooded })).stdout)
    const { otherHosts } = status as { otherHosts: ReadonlyArray<{ host: string; calls: number }> }
    expect(otherHosts).toHaveLength(101)
    expect(otherHosts[0]!.host).toBe("further hosts")
    expect(otherHosts.reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThanOrEqual(1_000)
  })
})

describe("a program that is no Node program", () => {
  let python = false
  beforeAll(() => {
    python = spawnSync("python3", ["--version"]).status === 0
  })
  it("is told of the proxy", async (context) => {
    if (!python) return context.skip("no Python here")
    const ran = await runCli(["record", "--", "python3", "-c", "print(1)"], { cwd: temporaryFolder() })
    expect(ran).toEqual({
      code: 0,
      stdout: "1\n",
      stderr:
        "hookshift: no Node program below python3 made a call: programs in other languages are recorded by hookshift proxy --upstream URL\n"
    })
  })
})

it("a program under Node's permission model runs as it would alone, and is told to be unrecorded", async () => {
  const folder = temporaryFolder()
  const flag = process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission"
  writeFileSync(
    join(folder, "app.cjs"),
    "console.log(process.permission.has('fs.read', '/etc/hostname')); process.exit(4)"
  )
  const ran = await runCli(
    ["record", "--", process.execPath, flag, `--allow-fs-read=${folder}/*`, "--no-warnings", "app.cjs"],
    {
      cwd: folder
    }
  )
  expect(ran).toMatchObject({ code: 4, stdout: "false\n" })
  expect(ran.stderr).toMatch(/^hookshift: Node's permission model keeps the recorder out: [^\n]*\n$/)
})

describe("a program under Node's permission model", () => {
  const flag = process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission"
  const scratch = () => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, "app.cjs"),
      "require('node:http').get(process.argv[2]).on('error', ({ code }) => console.log(code))"
    )
    return folder
  }
  const target = "http://127.0.0.1:1/api/v2/tickets"
  const calls = (folder: string) => {
    const database = openDatabase(join(folder, "hookshift.db"))
    onTestFinished(() => void database.close())
    return database.prepare("SELECT count(*) FROM call").pluck().get()
  }
  const env = { HOOKSHIFT_HOSTS: "127.0.0.1:1=freshdesk@mine.example" }
  const everything = ["--allow-fs-read=*", "--allow-fs-write=*", "--allow-worker", "--allow-addons", "--no-warnings"]

  it("is recorded where its flags let the recorder in", async () => {
    const folder = scratch()
    const ran = await runCli(["record", "--", process.execPath, flag, ...everything, "app.cjs", target], {
      cwd: folder,
      env
    })
    expect(ran).toEqual({ code: 0, stdout: "ECONNREFUSED\n", stderr: "" })
    expect(calls(folder)).toBe(1)
  })
  it("is told which flags are missing, and runs as it would alone", async () => {
    const folder = scratch()
    const ran = await runCli(
      ["record", "--", process.execPath, flag, "--allow-fs-read=*", "--no-warnings", "app.cjs", target],
      { cwd: folder, env }
    )
    expect(ran).toMatchObject({ code: 0, stdout: "ECONNREFUSED\n" })
    expect(ran.stderr).toMatch(
      /^hookshift: [^\n]*\(--allow-fs-write, --allow-worker, --allow-addons would let it in[^\n]*\n$/
    )
  })
  it("runs as it would alone when a script below record starts it", async (context) => {
    const folder = scratch()
    const confined = [
      "sh",
      "-c",
      `'${process.execPath}' ${flag} --allow-fs-read='${folder}/app.cjs' --no-warnings app.cjs ${target}`
    ] as const
    const elsewhere = join(temporaryFolder(), "pre.cjs")
    writeFileSync(elsewhere, "")
    const readsPreloads =
      spawnSync(confined[0], confined.slice(1), { cwd: folder, env: { NODE_OPTIONS: `--require=${elsewhere}` } })
        .status === 0
    if (!readsPreloads) return context.skip("this Node may not read a preload under its permission model")
    const ran = await runCli(["record", "--", ...confined], { cwd: folder, env })
    expect(ran).toMatchObject({ code: 0, stdout: "ECONNREFUSED\n" })
    expect(ran.stderr).toMatch(/^hookshift: Node's permission model keeps the recorder out \([^\n]*\n$/)
  })
  it("is told from one whose own arguments look like it", () => {
    const isConfinedWith = (...args: ReadonlyArray<string>) =>
      isConfined({ command: "node", args }, "", "/lib/preload.cjs")
    expect(isConfinedWith("--permission", "--allow-fs-read=/app/*", "app.js")).toBe(true)
    expect(isConfinedWith("--allow-fs-read", "/app/*", "--permission", "app.js")).toBe(true)
    expect(isConfinedWith("--permission", "--allow-fs-read=/lib/*", "app.js")).toBe(false)
    expect(isConfinedWith("app.js", "--permission", "admin")).toBe(false)
    expect(isConfined({ command: "node", args: ["app.js"] }, "--permission", "/lib/preload.cjs")).toBe(true)
  })
})
