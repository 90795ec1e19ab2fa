/**
 * A receiver started from the very configurations of docs/deploy, its secrets in files, with the example program behind
 * it: what the container engines and systemd do is done here by putting their mount points into a folder.
 */
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { lookAt } from "../../src/cli/CommandNames.js"
import { commands } from "../../src/cli/Commands.js"
import { outcomes } from "../../src/mirror/Compare.js"
import type { Hydrating } from "../../src/mirror/Hydrating.js"
import { mirrorMetrics } from "../../src/mirror/MirrorMetrics.js"
import { reasons } from "../../src/mirror/Question.js"
import type { Sights } from "../../src/mirror/sight/Sights.js"
import { State } from "../../src/mirror/state/State.js"
import { Tallies } from "../../src/mirror/Tallies.js"
import { plannedFor, providerOf } from "../../src/providers/index.js"
import type { StateFeed } from "../../src/receiver/index.js"
import { generateApp, planSubscriptions } from "../../src/subscriptions/index.js"
import { saidBy, startCli } from "../support/cli.js"
import { deliveryBody, post } from "../support/deliveries.js"
import { everyFile, root, temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"
import { container, deployed, deployFolder, deployments, helpOf, secretsIn, yaml } from "./files.js"

const text = async (url: string) => {
  const response = await fetch(url)
  return { status: response.status, text: await response.text() }
}

/** The example program; its port is in its first line. */
const startProgram = async (secretFile: string) => {
  const child = spawn(process.execPath, [join(deployFolder, "compose/program.mjs"), secretFile, "0"], {
    env: { PATH: process.env["PATH"] }
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  const said = saidBy(child)
  await until(() => /^listening on \d+$/m.test(said.stdout) || said.stderr !== "", "the program listens")
  expect(said.stderr).toBe("")
  return {
    said: () => said.stdout,
    url: `http://127.0.0.1:${/^listening on (\d+)$/m.exec(said.stdout)![1]}/events`
  }
}

/** The configuration with its secrets in a folder, each made of random bytes. */
const mount = (name: keyof typeof deployments) => {
  const deployment = deployments[name]
  const folder = temporaryFolder()
  const secretsFolder = join(folder, "secrets")
  mkdirSync(secretsFolder)
  const secrets = new Map<string, string>()
  for (const secret of deployment.mounted) {
    if (secret !== "freshdesk_hook_secret_old") secrets.set(secret, randomBytes(32).toString("hex"))
    writeFileSync(join(secretsFolder, secret), `${secrets.get(secret) ?? ""}\n`)
  }
  const config = join(folder, "hookshift.config.json")
  writeFileSync(config, deployment.config.replaceAll(deployment.secrets, `${secretsFolder}/`))
  return { folder, config, secrets, secretFile: (secret: string) => join(secretsFolder, secret) }
}

describe.each(Object.keys(deployments) as ReadonlyArray<keyof typeof deployments>)("the deployment for %s", (name) => {
  it("mounts the secrets that its configuration names, and no other", () => {
    const named = [...secretsIn(deployments[name])].sort()
    const mounted = [...deployments[name].mounted].sort()
    // A file that may be absent (an old secret) need not be mounted.
    expect(mounted).toEqual(name === "kubernetes" ? named.filter((one) => !one.endsWith("_old")) : named)
  })

  it("starts, is ready, takes a signed delivery to the program, and keeps its secrets", async () => {
    const { config, folder, secretFile, secrets } = mount(name)
    const program = await startProgram(secretFile("forward_secret"))
    const db = join(folder, "data.db")
    const { child, ready } = await startCli(
      // Addresses of this test in place of the container's, and no sweep of an account that is not there.
      ["receive", "--config", config, "--db", db, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"].concat([
        "--reconcile",
        "off",
        "--forward",
        program.url,
        "--logs",
        "json"
      ]),
      { cwd: folder }
    )
    let log = ""
    child.stderr!.on("data", (chunk) => {
      log += chunk
    })
    const { admin } = ready as unknown as { readonly admin: string }
    const secret = secrets.get("freshdesk_hook_secret")!
    const source = "freshdesk"
    expect((await post(ready.url, deliveryBody(), { secret: "another", source })).status).toBe(401)
    expect((await post(ready.url, deliveryBody(), { secret, source })).status).toBe(200)
    await until(() => program.said().includes('"event":"ticket_update"'), "the program has the event")

    // The probes of Kubernetes, each on the listener that it names.
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
      const { path, port } = container[probe].httpGet
      expect((await text(`${port === "hooks" ? ready.url : admin}${path}`)).status, probe).toBe(200)
    }
    for (const path of ["/readyz", "/metrics"]) expect((await text(ready.url + path)).status, path).toBe(404)

    const metrics = await text(`${admin}/metrics`)
    expect(metrics.text).toMatch(/^hookshift_ready 1$/m)
    expect(metrics.text).toMatch(/^hookshift_deliveries_total\{source="freshdesk",outcome="stored"\} 1$/m)

    expect(existsSync(`${db}.key`), "the key is the setting's").toBe(false)
    const kept = everyFile(folder).filter(({ file }) => !file.startsWith(join(folder, "secrets")))
    for (const canary of secrets.values())
      expect([...kept.map((one) => one.text), log, metrics.text, program.said()].join("")).not.toContain(canary)

    // A rotation without a restart: both secrets are valid after the signal.
    const rotated = randomBytes(32).toString("hex")
    writeFileSync(secretFile("freshdesk_hook_secret_old"), secret)
    writeFileSync(secretFile("freshdesk_hook_secret"), rotated)
    child.kill("SIGHUP")
    const status = async (key: string, id: number) =>
      (await post(ready.url, deliveryBody({ id }), { secret: key, source })).status
    await until(async () => (await status(rotated, 2)) === 200, "the new secret is valid")
    expect(await status(secret, 3)).toBe(200)
  })
})

describe("the example program", () => {
  it("takes no event that the receiver has not signed", async () => {
    const { secretFile } = mount("compose")
    const { said, url } = await startProgram(secretFile("forward_secret"))
    const send = async (headers: Record<string, string>) =>
      (await fetch(url, { method: "POST", body: '{"event":"forged"}', headers })).status
    expect(await send({})).toBe(401)
    const now = String(Math.floor(Date.now() / 1000))
    const signature = `v1,${randomBytes(32).toString("base64")}`
    const signed = { "webhook-id": "1", "webhook-timestamp": now, "webhook-signature": signature }
    expect(await send(signed)).toBe(401)
    expect(said()).not.toContain("forged")
  })
})

describe("the alert rules", () => {
  const rules = yaml("monitoring/alerts.yml")[0]!.groups.flatMap((group: { rules: unknown }) => group.rules) as Array<{
    readonly alert: string
    readonly expr: string
    readonly labels: Record<string, string>
    readonly annotations: Record<string, string>
  }>
  const operations = readFileSync(join(root, "docs/operations.md"), "utf8")

  it("each have a severity, a sentence and a runbook that says what to do", () => {
    const names = rules.map(({ alert }) => alert)
    expect(names.length).toBeGreaterThan(5)
    const runbooks = [...operations.matchAll(/^### (Hookshift\w+)\n\n(.+)$/gm)]
    expect(runbooks.map((match) => match[1])).toEqual(names)
    for (const { alert, annotations, labels } of rules) {
      expect(["critical", "warning"], alert).toContain(labels["severity"])
      expect(annotations["summary"]!.length, alert).toBeGreaterThan(20)
      expect(annotations["runbook"]).toBe(`docs/operations.md#${alert.toLowerCase()}`)
    }
  })

  it("ask for metrics, labels and outcomes that a receiver serves", async () => {
    const folder = temporaryFolder()
    const { config } = mount("compose")
    const { ready } = await startCli(
      ["receive", "--config", config, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--reconcile", "off"],
      { cwd: folder }
    )
    const { text: page } = await text(`${(ready as unknown as { admin: string }).admin}/metrics`)
    const tallies = new Tallies()
    const mirrors = await mirrorMetrics({
      state: new State({} as StateFeed, []),
      tallies,
      hydrating: { calls: 0 } as Hydrating,
      sights: { standings: () => [] } as unknown as Sights,
      now: Date.now
    }).registry.metrics()
    const help = new Map(
      [...`${page}\n${mirrors}`.matchAll(/^# HELP (\S+) (.+)$/gm)].map((match) => [match[1]!, match[2]!])
    )
    const expressions = rules.map(({ expr }) => expr).join("\n")
    const asked = new Set(
      [...expressions.matchAll(/\bhookshift_\w+/g)].map((match) => match[0].replace(/_bucket$/, ""))
    )
    expect([...asked].filter((metric) => !help.has(metric))).toEqual([])
    const known: ReadonlySet<string> = new Set([...reasons, ...outcomes])
    for (const [, values] of expressions.matchAll(/=~"([\w|]+)"/g))
      for (const value of values!.split("|")) expect(known.has(value), value).toBe(true)
    for (const [, metric, label, value] of expressions.matchAll(/\b(hookshift_\w+)\{(\w+)="(\w+)"\}/g)) {
      expect(help.get(metric!), metric).toContain(label)
      expect(help.get(metric!), metric).toMatch(new RegExp(`\\b${value}\\b`))
    }
    const job = yaml("compose/prometheus/prometheus.yml")[0]!.scrape_configs[0].job_name
    for (const [, name] of expressions.matchAll(/job="(\w+)"/g)) expect(name).toBe(job)
  })
})

/** Commands in a page's code, as words. */
const commandsIn = (page: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...page.matchAll(/```sh\n(.*?)```|`([^`\n]+)`/gs)].flatMap(([, block, span]) =>
    [...(block ?? span ?? "").matchAll(/\bhookshift (?!hookshift)([a-z][^\n&|#]*)/g)].map((match) =>
      match[1]!.trim().split(/\s+/)
    )
  )

it("the commands of the page, the units and the app's README are there, with their options", () => {
  const units = ["hookshift-receive.service", "hookshift-backup.service"].flatMap((name) =>
    [...deployed(`systemd/${name}`).matchAll(/^ExecStart=\/usr\/bin\/env hookshift (.*)$/gm)].map((match) =>
      match[1]!.split(" ")
    )
  )
  const app = generateApp(
    planSubscriptions({
      source: "freshdesk",
      account: "acme.freshdesk.com",
      planned: plannedFor(providerOf("freshdesk")!, ["app"], ["ticket"]),
      publicUrl: "https://hooks.acme.example",
      alsoWatch: [],
      serviceAccount: null
    })
  )
  if ("problem" in app) throw new Error(app.problem)
  const readme = app.find(({ path }) => path === "README.md")!.text
  const pages = [readFileSync(join(root, "docs/operations.md"), "utf8"), readme].map(commandsIn)
  expect(units.length).toBe(2)
  expect(pages.map((found) => found.length > 2)).toEqual([true, true])
  const options = new Map<string, Set<string>>()
  for (const words of [...units, ...pages.flat()]) {
    expect(lookAt(commands, words).tag, words.join(" ")).toBe("run")
    const [first, second = ""] = words
    const grouped = ["inbox", "db", "subscriptions"].includes(first!)
    const command = grouped ? `${first} ${second}` : first!
    const known = options.get(command) ?? new Set()
    options.set(command, known)
    for (const word of words) if (word.startsWith("--")) known.add(word)
  }
  for (const [command, given] of options)
    if (given.size > 0) {
      const help = helpOf(...command.split(" "))
      expect([command, ...[...given].filter((option) => !help.includes(option))]).toEqual([command])
    }
})
