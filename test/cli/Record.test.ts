/** `hookshift record` as a user runs it: real programs, real signals, real clients that others wrote. */
import { spawn } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { cliFile, runCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"
import { hostOf, simulatedProvider } from "../support/provider.js"
import { until } from "../support/until.js"

interface Ran {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

const start = (args: ReadonlyArray<string>, options: { cwd: string; env?: Record<string, string> }) => {
  const child = spawn(process.execPath, [cliFile, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...options.env }
  })
  let stdout = ""
  let stderr = ""
  const waiting: Array<{ text: string; go: () => void }> = []
  child.stdout.on("data", (chunk) => {
    stdout += chunk
    for (const { go, text } of waiting) if (stdout.includes(text)) go()
  })
  child.stderr.on("data", (chunk) => {
    stderr += chunk
  })
  return {
    child,
    said: (text: string) => new Promise<void>((go) => (stdout.includes(text) ? go() : waiting.push({ text, go }))),
    ended: new Promise<Ran>((resolve) => child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })))
  }
}

const counts = (file: string): Record<string, number> => {
  const database = openDatabase(file)
  try {
    const rows = database
      .prepare(
        "SELECT method || ' ' || status AS what, count(*) AS n FROM call JOIN stream ON stream.id = stream GROUP BY 1"
      )
      .all() as Array<{ what: string; n: number }>
    return Object.fromEntries(rows.map(({ n, what }) => [what, n]))
  } finally {
    database.close()
  }
}

describe("hookshift record", () => {
  it("records clients that others wrote, in all threads and child processes, as the simulator counted", async () => {
    const simulator = await simulatedProvider({ entities: 150 })
    const folder = temporaryFolder()
    const program = join(root, "test/support/programs/clients.mjs")
    const ran = await start(["record", "--integration", "many-clients", "--", "node", program, simulator.url], {
      cwd: folder,
      env: { HOOKSHIFT_HOSTS: hostOf(simulator) }
    }).ended
    expect(ran).toEqual({ code: 0, signal: null, stdout: "", stderr: "" })
    const truth: Record<string, number> = {}
    for (const { count, method, status } of simulator.calls())
      truth[`${method} ${status}`] = (truth[`${method} ${status}`] ?? 0) + count
    expect(counts(join(folder, "hookshift.db"))).toEqual(truth)
    expect(truth["GET 200"]).toBeGreaterThan(35)
    const status = JSON.parse((await runCli(["record", "status", "--json"], { cwd: folder })).stdout)
    expect(status).toMatchObject({ lost: 0, bodiesKept: false, projectedBytesPerDay: null })
    expect(status.processes.map(({ state, integration }: Record<string, string>) => [integration, state])).toEqual(
      Array.from({ length: 3 }, () => ["many-clients", "ended"])
    )
    expect(status.hosts).toEqual([{ account: "acme.freshdesk.com", calls: status.calls }])
  })

  it("is not noticed by the program: arguments, streams, exit code, shell scripts and npm scripts", async () => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, "app.mjs"),
      `process.stdin.on("data", (chunk) => {
         process.stdout.write(JSON.stringify([process.argv.slice(2), String(chunk), process.eventNames().filter((n) => /^SIG/.test(String(n))),
           process.listenerCount("SIGTERM"), process.stdout.isTTY ?? null]))
         process.stderr.write("to stderr"); process.exitCode = 42; process.stdin.destroy()
       })`
    )
    const running = start(["record", "--", "node", "app.mjs", "--db", "x", "--", "--help"], { cwd: folder })
    running.child.stdin.end("hello")
    expect(await running.ended).toEqual({
      code: 42,
      signal: null,
      stdout: '[["--db","x","--","--help"],"hello",[],0,null]',
      stderr: "to stderr"
    })
    writeFileSync(join(folder, "package.json"), '{"name":"pkg","scripts":{"start":"sh run.sh"}}')
    writeFileSync(join(folder, "run.sh"), "#!/bin/sh\nnode -e 'process.stdout.write(\"from a shell\")'\nexit 7\n")
    const scripted = await start(["record", "--", "npm", "start", "--silent"], { cwd: folder }).ended
    expect([scripted.code, scripted.stdout]).toEqual([7, "from a shell"])
    // A program that makes no call leaves nothing but the empty database.
    expect(counts(join(folder, "hookshift.db"))).toEqual({})
  })

  it.each([
    ["dies of it by default", "", [null, "SIGTERM"]],
    ["handles it itself", 'process.on("SIGTERM", () => { console.log("bye"); process.exit(5) })', [5, null]],
    [
      "watches it with signal-exit",
      `(await import(${JSON.stringify(join(root, "node_modules/signal-exit/dist/mjs/index.js"))})).onExit((code, signal) => { console.log("cleaned up", signal) })`,
      [null, "SIGTERM"]
    ]
  ])("passes SIGTERM on to a program that %s, and its calls are on disk", async (_, handler, [code, signal]) => {
    const simulator = await simulatedProvider({ entities: 20 })
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, "app.mjs"),
      `${handler}
       for (let n = 0; n < 5; n++) await (await fetch("${simulator.url}/api/v2/tickets", { headers: { authorization: "Basic azpY" } })).json()
       console.log("ready"); setInterval(() => {}, 1000)`
    )
    const running = start(["record", "--", "node", "app.mjs"], {
      cwd: folder,
      env: { HOOKSHIFT_HOSTS: hostOf(simulator) }
    })
    await running.said("ready")
    running.child.kill("SIGTERM")
    const ran = await running.ended
    expect([ran.code, ran.signal, ran.stderr]).toEqual([code, signal, ""])
    expect(ran.stdout).toBe(handler === "" ? "ready\n" : code === 5 ? "ready\nbye\n" : "ready\ncleaned up SIGTERM\n")
    expect(counts(join(folder, "hookshift.db"))).toEqual({ "GET 200": 5 })
  })

  it("brings no program nearer to Node's warning about too many listeners", async () => {
    const simulator = await simulatedProvider({ entities: 20 })
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, "app.mjs"),
      `await (await fetch("${simulator.url}/api/v2/tickets", { headers: { authorization: "Basic azpY" } })).json()
       for (let n = 0; n < 10; n++) for (const name of ["exit", "SIGTERM", "SIGINT"]) process.on(name, () => {})
       process.exit(0)`
    )
    const ran = await start(["record", "--", "node", "app.mjs"], {
      cwd: folder,
      env: { HOOKSHIFT_HOSTS: hostOf(simulator) }
    }).ended
    expect(ran).toEqual({ code: 0, signal: null, stdout: "", stderr: "" })
    expect(counts(join(folder, "hookshift.db"))).toEqual({ "GET 200": 1 })
  })

  it("goes on when the database is deleted or locked under it, and the loss shows", async () => {
    const simulator = await simulatedProvider({ entities: 20, plan: "forest" })
    const folder = temporaryFolder()
    const db = join(folder, "hookshift.db")
    writeFileSync(
      join(folder, "app.mjs"),
      `import { once } from "node:events"
       const get = async (n) => { for (let i = 0; i < n; i++) await (await fetch("${simulator.url}/api/v2/tickets", { headers: { authorization: "Basic azpY" } })).json() }
       for (;;) { const [line] = await once(process.stdin, "data"); const n = Number(line); if (n === 0) process.exit(0); await get(n); console.log("made", n) }`
    )
    const running = start(["record", "--", "node", "app.mjs"], {
      cwd: folder,
      env: { HOOKSHIFT_HOSTS: hostOf(simulator) }
    })
    running.child.stdin.write("4\n")
    await running.said("made 4")
    await until(() => counts(db)["GET 200"] === 4)
    rmSync(db)
    running.child.stdin.write("6\n")
    await running.said("made 6")
    await until(() => counts(db)["GET 200"] === 6)
    const locker = openDatabase(db)
    locker.exec("BEGIN IMMEDIATE")
    running.child.stdin.write("3\n")
    await running.said("made 3")
    locker.exec("COMMIT")
    locker.close()
    running.child.stdin.write("0\n")
    expect(await running.ended).toMatchObject({ code: 0, stderr: "" })
    // What was locked out came in later; what was deleted is gone, and counted.
    expect(counts(db)).toEqual({ "GET 200": 9 })
    const status = JSON.parse((await runCli(["record", "status", "--json"], { cwd: folder })).stdout)
    expect(status).toMatchObject({ calls: 9, lost: 4 })
  })

  it("says what is wrong before it starts anything", async () => {
    const folder = temporaryFolder()
    const says = async (...args: Array<string>) => {
      const ran = await runCli(args, { cwd: folder })
      return [ran.code, ran.stdout, ran.stderr.trim().replace(/^hookshift: /, "")]
    }
    expect(await says("record")).toEqual([
      2,
      "",
      "record runs the program that stands after --: hookshift record --integration crm-sync -- node app.js"
    ])
    expect(await says("record", "--", "no-such-program")).toEqual([
      2,
      "",
      "no-such-program could not be started (ENOENT): check the name and its permissions"
    ])
    writeFileSync(
      join(folder, "other.db"),
      "this is a text file, not a database, and long enough to be read as one".repeat(20)
    )
    expect(await says("record", "--db", "other.db", "--", "node", "-e", "console.log(1)")).toEqual([
      2,
      "",
      `${join(folder, "other.db")} is no hookshift database: name another file with --db`
    ])
    expect((await says("record", "status", "--db", "none.db"))[0]).toBe(2)
  })
})
