/** `hookshift watch`: the live page in a real browser, over a database that grows. */
import { request } from "node:http"
import { createRequire } from "node:module"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { chromium } from "playwright-core"
import { expect, it } from "vitest"
import { browserPath } from "../support/browser.js"
import { runCli, startCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"

const hostile = "<img src=x onerror=alert(1)>"

/** A folder with a recording of two pollers, one of them named by a stranger. */
const recorded = async () => {
  const folder = temporaryFolder()
  await runCli(["import", "har", join(root, "fixtures/har/two-pollers.har")], { cwd: folder })
  const database = new Sqlite(join(folder, "hookshift.db"))
  database.prepare("UPDATE stream SET integration = ? WHERE template = '/api/v2/contacts'").run(hostile)
  return { folder, database }
}

const ask = (url: string, options: { readonly method?: string; readonly host?: string } = {}) =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const { hostname, pathname, port } = new URL(url)
    const headers = options.host === undefined ? {} : { host: options.host }
    request({ hostname, port, path: pathname, method: options.method ?? "GET", headers }, (response) => {
      let body = ""
      response.on("data", (chunk) => (body += chunk))
      response.on("end", () => resolve({ status: response.statusCode!, body }))
    })
      .on("error", reject)
      .end()
  })

const figuresOf = async (url: string): Promise<{ recording: { calls: number }; pollers: Array<unknown> }> => {
  for (let tries = 0; tries < 600; tries++) {
    const { body } = await ask(`${url}figures`)
    if (body !== "null") return JSON.parse(body)
    await new Promise((resume) => setTimeout(resume, 50))
  }
  throw new Error("no figures came")
}

it("answers to a loopback name, to GET, and on loopback alone", { timeout: 120_000 }, async () => {
  const { folder } = await recorded()
  const { ready } = await startCli(["watch", "--listen", "127.0.0.1:0"], { cwd: folder })
  const { url } = ready
  const figures = await figuresOf(url)
  expect(figures).toMatchObject({ recording: { calls: 31 }, shadow: null, receiver: null })
  expect(figures.pollers).toHaveLength(2)
  // A name of the web that is made to resolve to this machine.
  expect((await ask(`${url}figures`, { host: "evil.example" })).status).toBe(403)
  expect((await ask(url, { host: "evil.example:8790" })).status).toBe(403)
  expect((await ask(url, { method: "POST" })).status).toBe(405)
  expect((await ask(`${url}hookshift.db`)).status).toBe(404)
  // A question about the stream takes no page's place.
  for (let n = 0; n < 40; n++) expect((await ask(`${url}stream`, { method: "HEAD" })).status).toBe(200)
  expect((await ask(`${url}?again=1`)).status).toBe(200)
  const { code, stderr } = await runCli(["watch", "--listen", "0.0.0.0:8790"], { cwd: folder })
  expect([code, stderr]).toEqual([2, expect.stringContaining("served on loopback alone")])
  const taken = await runCli(["watch", "--listen", new URL(url).host], { cwd: folder })
  expect([taken.code, taken.stderr]).toEqual([3, expect.stringContaining("(EADDRINUSE): choose another with --listen")])
})

it.skipIf(browserPath === undefined)(
  "shows what grows without a reload, the same as --json, and strangers' text as text (needs Chromium)",
  { timeout: 180_000 },
  async () => {
    const { database, folder } = await recorded()
    const { ready } = await startCli(["watch", "--listen", "127.0.0.1:0"], { cwd: folder })
    const figures = await figuresOf(ready.url)
    const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js")
    const browser = await chromium.launch({ executablePath: browserPath!, args: ["--no-sandbox"] })
    try {
      for (const colorScheme of ["light", "dark"] as const) {
        const context = await browser.newContext({
          viewport: { width: 390, height: 800 },
          colorScheme,
          bypassCSP: true
        })
        const page = await context.newPage()
        const noise: Array<string> = []
        page.on("pageerror", (error) => noise.push(String(error)))
        page.on("dialog", (dialog) => void noise.push(dialog.message()))
        page.on("request", (asked) => void (asked.url().startsWith(ready.url) || noise.push(asked.url())))
        await page.goto(ready.url)
        await page.getByText("live", { exact: true }).waitFor()
        expect(await page.getByRole("cell", { name: hostile }).count()).toBe(1)
        expect(await page.locator("img").count()).toBe(0)
        expect(await page.locator("#recording dd").first().textContent()).toBe(String(figures.recording.calls))
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
        await page.addScriptTag({ path: axe })
        expect(await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))")).toEqual([])
        if (colorScheme === "dark") {
          database
            .prepare(
              `INSERT INTO call (id, stream, started_at, status)
               SELECT max(id) + 1, stream, started_at + 1, status FROM call`
            )
            .run()
          await page.getByText("32", { exact: true }).first().waitFor()
        }
        expect(noise).toEqual([])
        await context.close()
      }
    } finally {
      await browser.close()
    }
  }
)

it("prints the figures as lines with --json", { timeout: 120_000 }, async () => {
  const { folder } = await recorded()
  const { child, ready } = await startCli(["watch", "--listen", "127.0.0.1:0"], { cwd: folder })
  let text = ""
  child.stdout!.on("data", (chunk) => (text += chunk))
  const shown = await figuresOf(ready.url)
  for (let tries = 0; tries < 600 && !text.includes("\n"); tries++)
    await new Promise((resume) => setTimeout(resume, 50))
  expect(JSON.parse(text.split("\n")[0]!)).toEqual(shown)
})
