/** Secrets and personal data planted wherever a call can carry them are found in no byte that hookshift writes. */
import { execFile } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { createServer, request as httpRequest } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { openProxy } from "../../src/capture/index.js"
import { runCli } from "../support/cli.js"
import { everyFile, root, temporaryFolder } from "../support/files.js"

const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
const alphanumeric = (length: number) =>
  fc
    .tuple(
      fc.string({ minLength: length - 2, maxLength: length, unit: fc.constantFrom(...letters, ..."23456789") }),
      fc.constantFrom(..."23456789"),
      fc.constantFrom(...letters)
    )
    .map(([rest, digit, letter]) => `${letter}${rest}${digit}`)
const hex = (length: number) =>
  fc.string({ minLength: length, maxLength: length, unit: fc.constantFrom(..."0123456789abcdef") })
const base64url = (text: string) => Buffer.from(text).toString("base64url")

const canaries = fc.record({
  key: alphanumeric(20),
  session: alphanumeric(26),
  signature: hex(64),
  email: alphanumeric(9).map((name) => `${name.toLowerCase()}@canary.example`),
  phone: fc.integer({ min: 2_000_000, max: 9_999_999 }).map((number) => `+1555${number}`),
  jwt: fc
    .tuple(alphanumeric(10), hex(40))
    .map(([subject, seal]) => `${base64url('{"alg":"HS256"}')}.${base64url(JSON.stringify({ sub: subject }))}.${seal}`),
  password: alphanumeric(14)
})
type Canaries = typeof canaries extends fc.Arbitrary<infer A> ? A : never

/** In what shapes a secret may turn up again. */
const shapes = (secret: string): ReadonlyArray<string> => [
  secret,
  Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1),
  Buffer.from(`${secret}:X`).toString("base64"),
  encodeURIComponent(secret),
  Buffer.from(secret).toString("hex")
]

const paths = (c: Canaries): ReadonlyArray<string> => [
  `/api/v2/contacts?email=${encodeURIComponent(c.email)}&token=${c.key}&per_page=100&state=${c.session}`,
  `/api/v2/contacts?${c.key}=1&include=${c.session}&order_by=${c.password}`,
  `/api/v2/${encodeURIComponent(c.email)}/${c.key}/${c.session}`,
  `/api/v2/search/contacts?query=${encodeURIComponent(`"phone:'${c.phone}'"`)}`,
  `/api/v2/${encodeURIComponent(c.phone)}/${c.signature}/${c.jwt}`,
  `/hooks/${c.password}`
]

const headersOf = (c: Canaries): Record<string, string> => ({
  authorization:
    Number.parseInt(c.signature[0]!, 16) % 2 === 0
      ? `Basic ${Buffer.from(`${c.key}:X`).toString("base64")}`
      : `Bearer ${c.jwt}`,
  cookie: `session=${c.session}`,
  "x-signature": c.signature,
  "x-api-key": c.key,
  "user-agent": `${c.key}/1.0 (${c.email})`
})

const bodyOf = (c: Canaries): unknown => [
  {
    id: c.email,
    email: c.email,
    api_key: c.key,
    password: c.password,
    mobile: c.phone,
    token: { nested: [c.session] },
    note: `call ${c.phone} or write to ${c.email}, Bearer ${c.jwt}`,
    [c.key]: c.signature,
    [c.email]: true,
    custom_fields: { [c.session]: c.key },
    updated_at: "2026-03-02T10:00:00Z"
  }
]

describe("what hookshift writes", () => {
  it.each([
    ["by default", []],
    ["with --keep-bodies", ["--keep-bodies"]]
  ])("has no planted secret in it %s: database, WAL, exports, reports, output", async (_, flags) => {
    let current: unknown = []
    const server = createServer((request, response) => {
      request.resume()
      request.on("end", () => {
        response.writeHead(request.url!.includes("hooks") ? 500 : 200, {
          "content-type": "application/json",
          "set-cookie": `session=${(current as [{ api_key: string }])[0]?.api_key}`
        })
        response.end(JSON.stringify(current))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const host = `${new URL(url).host}=freshdesk@acme.freshdesk.com`
    const folder = temporaryFolder()
    const outside = temporaryFolder()
    mkdirSync(folder, { recursive: true })
    const proxy = await openProxy({
      host: "127.0.0.1",
      port: 0,
      upstreams: [{ host: null, path: null, url: new URL(url) }],
      tls: null,
      timeoutMs: 5_000,
      recorder: { db: join(folder, "h.db"), hosts: [host], keepBodies: flags.length > 0 }
    })
    const rounds = fc.sample(canaries, { numRuns: 12, seed: Number(process.env["CANARY_SEED"] ?? 5) })
    const entries: Array<unknown> = []
    for (const c of rounds) {
      current = bodyOf(c)
      for (const path of paths(c)) {
        await new Promise<void>((resolve) => {
          const sent = httpRequest(
            `${proxy.url}${path}`,
            { method: "POST", headers: { ...headersOf(c), "content-type": "application/json" } },
            (answer) => answer.resume().on("end", resolve)
          )
          sent.end(JSON.stringify(current))
        })
        await (await fetch(`${proxy.url}${path}`, { headers: headersOf(c) })).text()
        entries.push({
          startedDateTime: new Date(Date.UTC(2026, 2, 2) + entries.length * 1000).toISOString(),
          time: 5,
          request: {
            method: "GET",
            url: `${url}${path}`,
            headers: Object.entries(headersOf(c)).map(([name, value]) => ({ name, value })),
            postData: { text: JSON.stringify(current) }
          },
          response: {
            status: 200,
            headers: [],
            content: { mimeType: "application/json", text: JSON.stringify(current) },
            bodySize: 10
          }
        })
      }
      writeFileSync(
        join(outside, "app.mjs"),
        `
        for (const path of ${JSON.stringify(paths(c))}) await (await fetch("${url}" + path, { headers: ${JSON.stringify(headersOf(c))}, signal: undefined })).text()
        const stop = new AbortController(); stop.abort({ name: "${c.key}", code: "${c.session}", message: "${c.email}" })
        await fetch("${url}/api/v2/tickets", { signal: stop.signal }).catch(() => {})`
      )
      if (rounds.indexOf(c) < 3)
        await promisify(execFile)(
          process.execPath,
          ["--import", join(root, "dist/register.js"), join(outside, "app.mjs")],
          {
            cwd: folder,
            env: {
              PATH: process.env["PATH"],
              HOOKSHIFT_DB: join(folder, "h.db"),
              HOOKSHIFT_HOSTS: host,
              HOOKSHIFT_INTEGRATION: "x",
              HOOKSHIFT_KEEP_BODIES: String(flags.length)
            }
          }
        )
    }
    await proxy.recorder.flush()
    const whileOpen = everyFile(folder) // the WAL is still there
    await proxy.close()
    writeFileSync(join(outside, "a.har"), JSON.stringify({ log: { entries } }))
    const output: Array<string> = []
    for (const args of [
      ["import", "har", join(outside, "a.har"), "--host", host, ...flags],
      ["export", "ndjson", "--out", "out.ndjson"],
      ["export", "har", "--out", "out.har"],
      ["export", "ndjson"],
      ["record", "status", "--json"],
      ["pollers", "--json"],
      ["audit", "--out", "reports", "--debug", "--quiet"]
    ]) {
      const ran = await runCli([...args, "--db", "h.db"], { cwd: folder })
      expect([args[0], ran.stderr]).toEqual([args[0], ""])
      output.push(ran.stdout, ran.stderr)
    }
    const files = [...whileOpen, ...everyFile(folder), { file: "output", text: output.join("\n") }]
    expect(files.map(({ file }) => file).join(" ")).toMatch(/h\.db-wal.*out\.har.*report\.json/)
    if (flags.length > 0) expect(output.join("")).toContain("responseBody")
    const found: Array<string> = []
    for (const c of rounds)
      for (const [kind, secret] of Object.entries(c))
        for (const shape of shapes(secret))
          for (const { file, text } of files) if (text.includes(shape)) found.push(`${kind} ${shape} in ${file}`)
    expect(found).toEqual([])
  })
})
