/** The walk of docs/mirror.md, word for word: from a program that polls to one that polls the mirror. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { root, temporaryFolder } from "../support/files.js"
import { listening } from "../support/listening.js"
import { installPacked } from "../support/packed.js"
import { until } from "../support/until.js"

const page = readFileSync(join(root, "docs/mirror.md"), "utf8")

interface Step {
  readonly what: string
  readonly text: string
}

const steps: ReadonlyArray<Step> = [...page.matchAll(/<!-- walk: (.*?) -->\n```\w+\n(.*?)```/gs)].map(
  ([, what = "", text = ""]) => ({ what, text })
)

/** The page's ports may be other programs' here. */
const freePorts = async (ports: ReadonlyArray<string>): Promise<(text: string) => string> => {
  const servers = ports.map(() => createServer())
  const free = await Promise.all(servers.map((server) => listening(server)))
  await Promise.all(servers.map((server) => once(server.close(), "close")))
  return (text) => ports.reduce((all, port, at) => all.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${free[at]}`), text)
}

it("leads to answers from the state, in five commands", { timeout: 600_000 }, async () => {
  const here = await freePorts([...new Set([...page.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port!))])
  const folder = installPacked()
  const exported = Object.fromEntries(
    [...(/`export (.*?)`/.exec(page)?.[1] ?? "").matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value])
  )
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    HOME: temporaryFolder(),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
    ...exported
  }
  /** A terminal of its own; a program in it ends with the test. */
  const terminal = (command: string): { readonly child: ChildProcess; readonly said: () => string } => {
    const child = spawn("sh", ["-c", here(command)], { cwd: folder, env, detached: true })
    let said = ""
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        said += chunk
      })
    onTestFinished(() => stop(child, "SIGKILL"))
    return { child, said: () => said }
  }
  const stop = (child: ChildProcess, signal: "SIGINT" | "SIGKILL"): void => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // It has ended.
    }
  }
  const run = async (command: string): Promise<string> => {
    const { child, said } = terminal(command)
    const [code] = await once(child, "close")
    expect(code, said()).toBe(0)
    return said()
  }
  const quoted = (what: string): string => /"(.*)"/.exec(what)?.[1] ?? ""
  interface Line {
    readonly integration: string
    readonly hits: number
    readonly right: number
    readonly wrong: number
  }
  const linesOf = async (): Promise<ReadonlyArray<Line>> =>
    (JSON.parse(await run("npx --no hookshift mirror status --json")) as { integrations: ReadonlyArray<Line> })
      .integrations
  const polled = async (): Promise<number> => {
    const answer = await fetch(here("http://127.0.0.1:4010/_sim/calls"))
    const { calls } = (await answer.json()) as {
      readonly calls: ReadonlyArray<{ readonly endpoint: string; readonly count: number }>
    }
    return calls.find(({ endpoint }) => endpoint === "/api/v2/tickets")?.count ?? 0
  }

  let [commands, mirror, poller] = [0, null as ChildProcess | null, null as ReturnType<typeof terminal> | null]
  for (const { text, what } of steps) {
    if (what.startsWith("file ")) {
      writeFileSync(join(folder, what.slice(5)), here(text))
    } else if (what.startsWith("starts")) {
      commands += 1
      if (what.includes("in place of the mirror")) {
        stop(mirror!, "SIGINT")
        await once(mirror!, "close")
      }
      const { child, said } = terminal(text)
      await until(
        () => {
          expect(child.exitCode, said()).toBe(null)
          return said().includes(quoted(what))
        },
        `${text} says ${quoted(what)}`
      )
      if (text.includes("hookshift mirror")) mirror = child
    } else if (what === "ends") {
      commands += 1
      await run(text)
    } else if (what === "polls") {
      poller = terminal(text)
    } else {
      const dark = quoted(what) === "0 wrong"
      await until(async () => {
        const line = (await linesOf()).find(({ integration }) => integration === "crm-sync")
        return dark ? (line?.right ?? 0) >= 2 : (line?.hits ?? 0) >= 3
      })
      expect(await run(text)).toContain(quoted(what))
    }
  }
  expect(commands).toBe(5)
  const [line] = await linesOf()
  expect(line).toMatchObject({ integration: "crm-sync", wrong: 0 })
  // The program lived through it all.
  expect(poller?.child.exitCode, poller?.said()).toBe(null)
  expect(poller?.said()).toContain("changed: ")
  expect(await polled()).toBeGreaterThan(0)
})
