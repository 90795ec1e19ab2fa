/** `hookshift cutover --mirror`: the checklist for a program that stays as it is. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runCli } from "../support/cli.js"
import { root } from "../support/files.js"

const folder = mkdtempSync(join(tmpdir(), "hookshift-cutover-mirror-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const run = (...args: ReadonlyArray<string>) => runCli(args, { cwd: folder })

/** A program that lists what no mirror answers: time entries, each five minutes. */
const hours = Array.from({ length: 24 }, (_, n) => ({
  startedDateTime: new Date(Date.UTC(2026, 2, 2, 10, n * 5)).toISOString(),
  time: 100,
  request: {
    method: "GET",
    url: "https://acme.freshdesk.com/api/v2/time_entries",
    headers: [{ name: "user-agent", value: "hours/1.0" }],
    bodySize: 0
  },
  response: {
    status: 200,
    headers: [{ name: "content-type", value: "application/json" }],
    content: { size: 2, mimeType: "application/json", text: "[]" },
    bodySize: 2
  }
}))

beforeAll(async () => {
  expect((await run("import", "har", join(root, "fixtures/har/two-pollers.har"))).code).toBe(0)
  writeFileSync(join(folder, "hours.har"), JSON.stringify({ log: { version: "1.2", creator: {}, entries: hours } }))
  expect((await run("import", "har", "hours.har")).code).toBe(0)
})

describe("hookshift cutover --mirror", () => {
  it("has the forecast of the plan, says that nothing was compared yet, and tells the way back", async () => {
    const planned = await run("plan")
    // 25 calls in two hours: the credential is checked at the beginning, and lasts four hours.
    expect(planned.stdout).toMatch(/GET \/api\/v2\/tickets +replaced +25 +3 +1 /)
    expect(planned.stdout).toMatch(/GET \/api\/v2\/time_entries .* 24 .*not served/)
    const asked = ["cutover", "--mirror", "--integration", "crm-sync", "--endpoint", "GET /api/v2/tickets"]
    const { code, stdout } = await run(...asked)
    expect(code).toBe(0)
    expect(stdout).toContain("# Pointing crm-sync at the mirror: GET /api/v2/tickets")
    expect(stdout).toContain("Not yet. None of its requests has come to a mirror.")
    expect(stdout).toContain("| forecast | 1 of 25 recorded calls still reach the provider (96.0 % fewer) |")
    expect(stdout).toContain("- [ ] to go back:")
    const shown = JSON.parse((await run(...asked, "--json")).stdout)
    expect(shown).toMatchObject([{ calls: 25, mirror: { served: true, calls: 1 }, evidence: null }])
  })
  it("has none for a program that the mirror does not serve, and says why", async () => {
    const { code, stderr, stdout } = await run("cutover", "--mirror", "--integration", "hours")
    expect([code, stdout]).toEqual([1, ""])
    expect(stderr).toContain("the mirror does not serve hours, all of its requests would go through")
    expect(stderr).toMatch(/GET \/api\/v2\/time_entries: \w+ 24/)
    expect(stderr).not.toContain("reconcile")
  })
  it("names what helps where only the plan's reconciliation is missing", async () => {
    const apart = mkdtempSync(join(tmpdir(), "hookshift-cutover-mirror-"))
    const ask = (...args: ReadonlyArray<string>) => runCli(args, { cwd: apart })
    // An hourly list of companies: webhooks would save nothing at its freshness, so it stays as it is.
    const entries = Array.from({ length: 12 }, (_, n) => ({
      ...hours[0]!,
      startedDateTime: new Date(Date.UTC(2026, 2, 2, 10 + n)).toISOString(),
      request: { ...hours[0]!.request, url: "https://acme.freshdesk.com/api/v2/companies" },
      response: {
        ...hours[0]!.response,
        content: {
          size: 2,
          mimeType: "application/json",
          text: JSON.stringify([{ id: 1, updated_at: new Date(Date.UTC(2026, 2, 2, 9 + n, 30)).toISOString() }])
        }
      }
    }))
    writeFileSync(join(apart, "book.har"), JSON.stringify({ log: { version: "1.2", creator: {}, entries } }))
    await ask("import", "har", "book.har")
    const says =
      /the plan does not reconcile company,.*"reconcile": \{"company": "1h"\}.*hookshift plan --slo company=4h@p95/
    expect((await ask("plan")).stdout).toMatch(says)
    const cutover = await ask("cutover", "--mirror", "--integration", "hours")
    expect([cutover.code, cutover.stderr]).toEqual([1, expect.stringMatching(says)])
    await ask("plan", "--slo", "company=4h@p95", "--out", "hookshift.plan.json")
    expect((await ask("cutover", "--mirror", "--integration", "hours")).code).toBe(0)
    rmSync(apart, { recursive: true, force: true })
  })
  it("writes nothing down, and knows the programs", async () => {
    const done = await run("cutover", "--mirror", "--integration", "crm-sync", "--done")
    expect([done.code, done.stderr]).toEqual([2, expect.stringContaining("nothing to write down")])
    const unknown = await run("cutover", "--mirror", "--integration", "nobody")
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("there are crm-sync, hours")])
  })
})
