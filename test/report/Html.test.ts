/** The HTML report in a real browser: Debian's Chromium, where it is installed. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { chromium } from "playwright-core"
import { describe, expect, it } from "vitest"
import type { Report } from "../../src/domain/Report.js"
import { renderMarkdown } from "../../src/report/index.js"
import { renderHtml } from "../../src/report/service.js"
import { root, temporaryFolder } from "../support/files.js"

const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync)
const report = JSON.parse(readFileSync(join(root, "reports/sample/report.json"), "utf8")) as Report

describe("report.html", () => {
  it("loads nothing, has no script in its charts, and escapes what users name", () => {
    const html = renderHtml({
      ...report,
      pollers: report.pollers.map((poller) => ({ ...poller, integration: "<img src=x onerror=alert(1)>" }))
    })
    expect(html).not.toContain("<img")
    expect(html.match(/(?:src|href)="(?!#)[^"]*"/g)).toBeNull()
    expect(html.match(/<script/g)).toHaveLength(1)
    expect(html.match(/<svg/g)!.length).toBeGreaterThan(5)
  })
  it("says what the Markdown and the JSON say", () => {
    const html = renderHtml(report)
    const markdown = renderMarkdown(report)
    const grouped = (value: number) => value.toLocaleString("en-US")
    for (const poller of report.pollers) {
      for (const text of [html, markdown]) {
        expect(text).toContain(poller.integration)
        expect(text).toContain(poller.endpoint)
        expect(text).toContain(grouped(poller.callsAfter))
      }
    }
    for (const { rule } of report.findings) for (const text of [html, markdown]) expect(text).toContain(rule)
    for (const text of [html, markdown]) {
      expect(text).toContain(`${grouped(report.totals.calls)} calls become ${grouped(report.totals.callsAfter)}`)
      expect(text).toContain(`${(report.totals.reduction * 100).toFixed(1)} % fewer`)
    }
  })
  it.skipIf(browserPath === undefined)(
    "is accessible, fits a phone, sorts its tables, and asks for nothing (needs Chromium)",
    async () => {
      const file = join(temporaryFolder(), "report.html")
      writeFileSync(file, renderHtml(report))
      const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js")
      const browser = await chromium.launch({ executablePath: browserPath!, args: ["--no-sandbox"] })
      try {
        for (const colorScheme of ["light", "dark"] as const) {
          const page = await browser.newPage({ viewport: { width: 390, height: 800 }, colorScheme })
          const noise: Array<string> = []
          page.on("console", (message) => noise.push(message.text()))
          page.on("pageerror", (error) => noise.push(String(error)))
          page.on("request", (request) => {
            if (!request.url().startsWith("file:")) noise.push(request.url())
          })
          await page.goto(pathToFileURL(file).href)
          expect(noise).toEqual([])
          expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
          expect(
            await page.evaluate(
              `[...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.querySelector(a.getAttribute("href"))).length`
            )
          ).toBe(0)
          await page.addScriptTag({ path: axe })
          const violations = await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))")
          expect(violations).toEqual([])
          // The accounts, by their calls.
          const column = `[...document.querySelectorAll("table")[1].tBodies[0].rows].map((row) => Number(row.cells[3].textContent.replace(/,/g, "")))`
          const before = (await page.evaluate(column)) as Array<number>
          await page.click("table >> nth=1 >> th >> nth=3 >> button")
          expect(await page.evaluate(column)).toEqual([...before].sort((a, b) => a - b))
          await page.close()
        }
      } finally {
        await browser.close()
      }
    },
    60_000
  )
})
