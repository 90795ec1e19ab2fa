/** The HTML report in a real browser: Debian's Chromium, where it is installed. */
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Browser, type BrowserContextOptions, chromium } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Report } from "../../src/domain/Report.js"
import { firstSteps } from "../../src/report/decision/FirstSteps.js"
import { tilesOf } from "../../src/report/decision/Tiles.js"
import { headline, renderMarkdown } from "../../src/report/index.js"
import { renderHtml } from "../../src/report/service.js"
import { browserPath } from "../support/browser.js"
import { root, temporaryFolder } from "../support/files.js"

const report = JSON.parse(readFileSync(join(root, "reports/sample/report.json"), "utf8")) as Report

const page = renderHtml(report)
const markdown = renderMarkdown(report)
/** Also within words of ours: times are told to the minute. */
const isoTime = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/

describe("the sample report", () => {
  it("is small enough to be read", () => {
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(250_000)
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(15 * 1_024)
  })
  it("has its accounts and its dates in the title, and no time to the millisecond", () => {
    const [, title] = /<title>(.*)<\/title>/.exec(page)!
    for (const text of [title!, markdown.slice(0, 300)]) {
      expect(text).toContain(report.accounts[0]!.account)
      expect(text).toContain("2 March 2026 at 00:00 to 3 March 2026 at 00:00 UTC (24 h)")
    }
    expect(page).not.toMatch(isoTime)
    expect(markdown).not.toMatch(isoTime)
  })
  it("decides on its first screen: verdict, four figures, three steps", () => {
    const [firstOfPage, firstOfMarkdown] = [
      page.slice(0, page.indexOf("<nav")),
      markdown.slice(0, markdown.indexOf("```"))
    ]
    expect(tilesOf(report)).toHaveLength(4)
    expect(firstSteps(report)).toHaveLength(3)
    for (const text of [firstOfPage, firstOfMarkdown]) {
      expect(text).toContain(`Worth moving: ${headline(report)}.`)
      for (const { after, label, now } of tilesOf(report))
        for (const word of [after, label, now]) expect(text).toContain(word)
      expect(text).toContain("Set up webhooks on acme.freshdesk.com first")
    }
  })
})

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
    const grouped = (value: number) => value.toLocaleString("en-US")
    for (const poller of report.pollers) {
      for (const text of [page, markdown]) {
        expect(text).toContain(poller.integration)
        expect(text).toContain(poller.endpoint)
        expect(text).toContain(grouped(poller.callsAfter))
      }
    }
    for (const { rule } of report.findings) for (const text of [page, markdown]) expect(text).toContain(rule)
    for (const text of [page, markdown]) {
      expect(text).toContain(`${grouped(report.totals.calls)} calls become ${grouped(report.totals.callsAfter)}`)
      expect(text).toContain(`${(report.totals.reduction * 100).toFixed(1)} % fewer`)
    }
  })
  it("folds, and leaves nothing out: each poller's ways, each finding's calls, steps by hand, all methods", () => {
    for (const { alternatives, events } of report.pollers) {
      for (const { burden, name } of alternatives) for (const word of [burden, name]) expect(page).toContain(word)
      for (const event of events) expect(page).toContain(event)
    }
    for (const { evidence } of report.findings) expect(page).toContain(evidence.join(", "))
    for (const { runbooks } of report.accounts) for (const { steps } of runbooks) expect(page).toContain(steps[1])
    for (const { event } of report.subscriptions) expect(page).toContain(`<code>${event}</code>`)
    for (const method of ["Hydration", "Empty sweep", "Cho and Garcia-Molina", "Wilson", "In full: keep"])
      expect(page).toContain(method)
  })
})

/** A page of the sample report in Chromium, and what it said or asked for. */
const opened = async (browser: Browser, options: BrowserContextOptions) => {
  const file = join(temporaryFolder(), "report.html")
  writeFileSync(file, page)
  const context = await browser.newContext(options)
  const tab = await context.newPage()
  const noise: Array<string> = []
  tab.on("console", (message) => noise.push(message.text()))
  tab.on("pageerror", (error) => noise.push(String(error)))
  tab.on("request", (request) => {
    if (!request.url().startsWith("file:")) noise.push(request.url())
  })
  await tab.goto(pathToFileURL(file).href)
  return { tab, noise }
}

const unfold = `for (const fold of document.querySelectorAll("details")) fold.open = true`
/** Whatever stands out at the right and does not scroll in a box of its own. */
const cut = `[...document.querySelectorAll("main *")].filter((one) => !one.closest(".table, pre, .plot, .unseen") && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))`

describe.skipIf(browserPath === undefined)("report.html in Chromium", () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath!, args: ["--no-sandbox"] })
  })
  afterAll(() => browser.close())

  it("is accessible in both themes, folded and unfolded, and asks for nothing", async () => {
    const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js")
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [390, 1_280]) {
        const { noise, tab } = await opened(browser, { viewport: { width, height: 800 }, colorScheme })
        expect(noise).toEqual([])
        expect(
          await tab.evaluate(
            `[...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.querySelector(a.getAttribute("href"))).length`
          )
        ).toBe(0)
        await tab.addScriptTag({ path: axe })
        const violations = () =>
          tab.evaluate("axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))")
        expect(await violations()).toEqual([])
        await tab.evaluate(unfold)
        expect(await violations()).toEqual([])
        await tab.context().close()
      }
  }, 240_000)

  it.each([390, 768, 1_280])(
    "fits %i pixels: only boxes scroll sideways, with a hint",
    async (width) => {
      const { tab } = await opened(browser, { viewport: { width, height: 800 } })
      if (width === 1_280) {
        expect(await tab.evaluate("document.documentElement.scrollHeight")).toBeLessThanOrEqual(6_000)
        const lastStep = await tab.locator(".first li").last().boundingBox()
        expect(lastStep!.y + lastStep!.height).toBeLessThanOrEqual(800)
      }
      await tab.evaluate(unfold)
      expect(await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
      expect(await tab.evaluate(cut)).toEqual([])
      expect(
        await tab.evaluate(
          `new Promise((resolve) => setTimeout(resolve, 50)).then(() => [...document.querySelectorAll(".table")].filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one.previousElementSibling).display === "none").length)`
        )
      ).toBe(0)
      await tab.context().close()
    },
    60_000
  )

  it("has everything unfolded in print, also without JavaScript", async () => {
    const { tab } = await opened(browser, { viewport: { width: 1_280, height: 800 }, javaScriptEnabled: false })
    const hidden = `[...document.querySelectorAll("details")].filter((one) => getComputedStyle(one, "::details-content").contentVisibility === "hidden").length`
    expect(await tab.evaluate(hidden)).toBeGreaterThan(20)
    await tab.emulateMedia({ media: "print" })
    expect(await tab.evaluate(hidden)).toBe(0)
    await tab.context().close()
  }, 60_000)

  it("sorts its tables, and unfolds all at once", async () => {
    const { tab } = await opened(browser, { viewport: { width: 1_280, height: 800 } })
    const accounts = "table:has(th:has-text('refused'))"
    const column = `[...document.querySelectorAll("table")].find((one) => one.textContent.includes("refused (429)")).tBodies[0].rows`
    const calls = `[...${column}].map((row) => Number(row.cells[2].textContent.replace(/,/g, "")))`
    const before = (await tab.evaluate(calls)) as Array<number>
    await tab.locator(accounts).first().locator("th >> nth=2 >> button").click()
    expect(await tab.evaluate(calls)).toEqual([...before].sort((a, b) => a - b))
    await tab.getByRole("button", { name: "Unfold all" }).click()
    expect(await tab.locator("details:not([open])").count()).toBe(0)
    await tab.context().close()
  }, 60_000)
})
