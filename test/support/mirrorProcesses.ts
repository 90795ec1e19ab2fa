/** A simulated account, a receiver of its pushes and a mirror before it: real processes, real sockets. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { runCli, startCli } from "./cli.js"
import { temporaryFolder } from "./files.js"
import { until } from "./until.js"

export const ownKey = "canary-own-key"
export const crmKey = "canary-crm-key"
export const secrets = { FD_KEY: ownKey, CRM_KEY: crmKey, FD_SECRET: "canary-hook-secret" }

export interface Asked {
  readonly status: number
  /** `HIT`, `MISS`, `BYPASS`. */
  readonly cache: string | null
  readonly reason: string | null
  readonly age: number | null
  readonly link: string | null
  readonly body: unknown
}

export interface AskOptions {
  /** `null`: no credential. */
  readonly key?: string | null
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const ask = async (url: string, path: string, options: AskOptions = {}): Promise<Asked> => {
  const { body, headers = {}, key = ownKey, method = "GET" } = options
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Basic ${Buffer.from(`${key}:X`).toString("base64")}` }),
      "user-agent": "crm-sync/1.0",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await answer.text()
  const age = answer.headers.get("age")
  return {
    status: answer.status,
    cache: answer.headers.get("x-cache"),
    reason: answer.headers.get("x-hookshift-reason"),
    age: age === null ? null : Number(age),
    link: answer.headers.get("link"),
    body: text === "" ? undefined : (JSON.parse(text) as unknown)
  }
}

/** Changes of the last days, as a cursor poller asks for them. */
export const changedLately = (): string =>
  `/api/v2/tickets?updated_since=${new Date(Date.now() - 20 * 86_400_000).toISOString()}&per_page=100`

/** Folder and configuration of an account; nothing is started. */
export const configured = (baseUrl: string, settings: Readonly<Record<string, unknown>> = {}): string => {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, "hookshift.config.json"),
    JSON.stringify({
      sources: {
        freshdesk: {
          product: "freshdesk",
          baseUrl,
          auth: { secretEnv: "FD_KEY" },
          webhook: { secretEnv: "FD_SECRET" },
          reconcile: { ticket: "1h", contact: "1h", company: "1h", agent: "1h", group: "1h" }
        }
      },
      mirror: { principals: { freshdesk: [{ secretEnv: "CRM_KEY" }] }, ...settings }
    })
  )
  return folder
}

export const startReceiver = (folder: string, args: ReadonlyArray<string> = []) =>
  startCli(["receive", "--listen", "127.0.0.1:0", "--admin", "off", ...args], { cwd: folder, env: secrets })

export const startMirror = async (folder: string, args: ReadonlyArray<string> = []) => {
  const { child, ready } = await startCli(["mirror", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", ...args], {
    cwd: folder,
    env: secrets
  })
  return { child, url: ready.url, admin: (ready as unknown as { readonly admin: string }).admin }
}

/** Resolves once the mirror answers from the state. What goes through meanwhile counts against the account's minute. */
export const answers = (url: string, path: string = changedLately(), key: string = ownKey): Promise<void> =>
  until(async () => {
    if ((await ask(url, path, { key })).cache === "HIT") return true
    await new Promise((next) => setTimeout(next, 250))
    return false
  }, `${path} is answered from the state`)

/** Installs the app of the account's events, and notes them in the folder's database. */
export const subscribe = async (folder: string, receiver: string, simulator: string): Promise<void> => {
  const file = join(folder, "hookshift.config.json")
  const config = JSON.parse(readFileSync(file, "utf8"))
  config.sources.freshdesk.webhook.installUrl = `${simulator}/_sim/apps`
  writeFileSync(file, JSON.stringify({ ...config, receiver: { publicUrl: receiver } }))
  const types = ["ticket", "contact", "company"].flatMap((type) => [`${type}_create`, `${type}_update`])
  const events = [...types, "ticket_delete", "conversation_create"].join(",")
  const applied = await runCli(["subscriptions", "apply", "--events", events], { cwd: folder, env: secrets })
  if (applied.code !== 0) throw new Error(applied.stderr)
  // Its first delivery shows that it is there.
  const changes = [{ entity: "company", id: 501, action: "update", fields: { note: "the app is installed" } }]
  await fetch(`${simulator}/_sim/changes`, { method: "POST", body: JSON.stringify(changes) })
  // Requests that go through meanwhile would count against the account's minute.
  const database = new Database(join(folder, "hookshift.db"), { readonly: true })
  const come = database.prepare("SELECT count(*) FROM pushed_type").pluck()
  await until(async () => {
    await new Promise((next) => setTimeout(next, 50))
    return come.get() === 1
  }, "a delivery of the app")
  database.close()
}

export interface Mirrored {
  readonly folder: string
  readonly simulator: string
  readonly receiver: Awaited<ReturnType<typeof startReceiver>>
  readonly mirror: Awaited<ReturnType<typeof startMirror>>
  /** Posts to the simulator's control plane. */
  readonly control: (path: string, body: unknown) => Promise<unknown>
}

export const startMirrored = async (
  options: {
    readonly simulate?: ReadonlyArray<string>
    readonly mirror?: ReadonlyArray<string>
    readonly settings?: Readonly<Record<string, unknown>>
  } = {}
): Promise<Mirrored> => {
  const account = ["simulate", "freshdesk", "--listen", "127.0.0.1:0", "--entities", "80", "--changes-per-hour", "0"]
  const simulator = await startCli([...account, ...(options.simulate ?? [])], { cwd: temporaryFolder() })
  const { url } = simulator.ready
  const control = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) })
    return answer.json()
  }
  const folder = configured(url, options.settings)
  const receiver = await startReceiver(folder)
  await subscribe(folder, receiver.ready.url, url)
  return { folder, simulator: url, receiver, mirror: await startMirror(folder, options.mirror), control }
}
