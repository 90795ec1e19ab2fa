import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type Column, table } from "../../src/cli/Output.js"

const columns: ReadonlyArray<Column> = [
  { title: "integration", shrinks: true },
  { title: "endpoint", shrinks: true },
  { title: "calls", right: true },
  { title: "verdict" }
]
const rows = [
  [
    { text: "a-program-with-a-very-long-name" },
    { text: "GET /crm/sales/api/sales_accounts/view/{id}" },
    { text: "1,440" },
    { text: "migrate", colour: "green" as const }
  ]
]
const linesOn = (terminal: Parameters<typeof table>[2]) => table(columns, rows, terminal).split("\n")

// The colours that the tests' own terminal asks for do not matter here.
beforeEach(() => {
  vi.stubEnv("NO_COLOR", undefined)
  vi.stubEnv("FORCE_COLOR", undefined)
})
afterEach(() => void vi.unstubAllEnvs())

describe("a table", () => {
  it("is as wide as its cells where nobody watches, and without colours", () => {
    expect(linesOn({ isTTY: false, columns: 40, hasColors: () => true })[2]).toBe(
      "a-program-with-a-very-long-name  GET /crm/sales/api/sales_accounts/view/{id}  1,440  migrate"
    )
  })
  it.each([120, 80, 60, 44])("fits a terminal of %d columns, and cuts nothing", (width) => {
    const lines = linesOn({ isTTY: true, columns: width, hasColors: () => false })
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    expect(lines[2]).toMatch(/1,440 {2}migrate$/)
    // A cell goes on in further lines: together they are its text.
    const end = lines[0]!.indexOf("endpoint")
    const cell = (from: number, to: number) =>
      lines
        .slice(2)
        .map((line) => line.slice(from, to).trim())
        .join("")
    expect(cell(0, end)).toBe("a-program-with-a-very-long-name")
    expect(cell(end, lines[0]!.indexOf("calls")).replaceAll(" ", "")).toContain(
      "GET/crm/sales/api/sales_accounts/view/{id}"
    )
  })
  it("leaves minor columns out before a path is broken into many lines", () => {
    const most: ReadonlyArray<Column> = [
      { title: "endpoint", shrinks: true },
      { title: "every", minor: true },
      { title: "calls", right: true },
      { title: "freshness", minor: true }
    ]
    const row = ["GET /crm/sales/api/sales_accounts/view/{id}", "5 min", "1,440", "2.5 min"].map((text) => ({ text }))
    const titlesOn = (width: number) =>
      table(most, [row], { isTTY: true, columns: width, hasColors: () => false })
        .split("\n")[0]!
        .split(/ {2,}/)
    expect(titlesOn(80)).toEqual(["endpoint", "every", "calls", "freshness"])
    expect(titlesOn(45)).toEqual(["endpoint", "every", "calls"])
    expect(titlesOn(35)).toEqual(["endpoint", "calls"])
    expect(table(most, [row], { isTTY: false, columns: 35 }).split("\n")[0]).toContain("freshness")
  })
  it("keeps its figures whole on a terminal that is too narrow for them", () => {
    expect(linesOn({ isTTY: true, columns: 10, hasColors: () => false })[2]).toMatch(/1,440 {2}migrate$/)
  })
  it("is coloured where the terminal takes colours only", () => {
    expect(linesOn({ isTTY: true, columns: 120, hasColors: () => true })[2]).toContain("\u001b[32mmigrate\u001b[39m")
    expect(linesOn({ isTTY: true, columns: 120, hasColors: () => false }).join("")).not.toContain("\u001b")
  })
})
