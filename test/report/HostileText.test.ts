/**
 * Names, ids and messages that strangers chose run through every output: each shows them as text, and keeps its own
 * structure.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import MarkdownIt from "markdown-it"
import { describe, expect, it } from "vitest"
import { table } from "../../src/cli/Output.js"
import { diffReports, renderDiff } from "../../src/diff/index.js"
import type { Gate } from "../../src/domain/Gate.js"
import { terminalText, visible, visibleJson } from "../../src/domain/PlainText.js"
import type { Report } from "../../src/domain/Report.js"
import { renderStepSummary } from "../../src/report/ci/StepSummary.js"
import { formats } from "../../src/report/Formats.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { sampleReport } from "../support/sampleReport.js"

const corpus: ReadonlyArray<string> = [
  "\u001b[2J\u001b]0;title\u0007",
  "\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\",
  "\u009b31mred\u0085next",
  "\rover\b\b\u007f",
  "one\ntwo\n\n# three\n- four\n\n| a | b |\n|---|---|\n| c | d |\n```\nfive",
  "a\u2028b\u2029c",
  "\u202Efdp.exe\u202C \u2066x\u2069 \u200Fy\u061C",
  "zero\u200Bwidth\u2060\uFEFF\u{E0041}",
  "\uD800 half",
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "<br><br></td></tr></table></svg></figure>",
  "</text><script>x</script>",
  "--> <!-- ]]> <![CDATA[ <?x ?>",
  "&lt;b&gt; &amp; &#60; \" ' `",
  "[link](javascript:alert(1)) ![image](https://evil.example/x.png)",
  "https://evil.example www.evil.example mail@evil.example @everyone #1 GH-1",
  "`code` ``two`` ```three",
  "**bold** _it_ ~~gone~~ $x^2$ | pipe \\| \\",
  "$& $' $` $1 $$",
  "{0} {a|b} [x](1) \\[y\\](2)",
  "=cmd|' /C calc'!A0",
  "calls now</code></pre>",
  "x".repeat(3_000)
]

/** The words of strangers in a report, by the name of their field. */
const theirs = new Set(
  "integration account principal endpoint query message fix entity entityId id name why reasons evidence plan title steps endpoints notPushed notBrought notReconciled burden risk source changeRateUnknown polling webhook pollingDriver".split(
    " "
  )
)

const withText = (value: unknown, hostile: string, field = ""): unknown => {
  if (typeof value === "string") return theirs.has(field) ? `${value}${hostile}` : value
  if (Array.isArray(value)) return value.map((item) => withText(item, hostile, field))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      field === "uncoveredFields" ? `${name}${hostile}` : name,
      // A poller is found by its id: it stays one.
      name === "id" || name === "pollerId" ? inner : withText(inner, hostile, name)
    ])
  )
}
const reportWith = (hostile: string): Report => withText(sampleReport, hostile) as Report
const gatesWith = (hostile: string): ReadonlyArray<Gate> => [
  { name: "reduction", message: `reduction is 0.2${hostile}`, passed: false },
  { name: "findings", message: `nothing${hostile}`, passed: true }
]

/** The characters that must not come through, from code to code. */
const ranges: ReadonlyArray<readonly [number, number]> = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
  [0xd800, 0xdfff]
]
const unseen = new RegExp(
  `[${ranges.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join("")}]`,
  "u"
)

/** The kinds of all tokens, but for where text is written as code or cut into pieces. */
const structureOf = (markdown: string): ReadonlyArray<string> => {
  const kinds: Array<string> = []
  for (const token of new MarkdownIt({ html: true, linkify: true }).parse(markdown, {})) {
    kinds.push(token.type)
    // The report's own folds.
    if (token.type === "html_block") kinds.push(...tagsOf(token.content))
    for (const inner of token.children ?? [])
      if (inner.type !== "text" && inner.type !== "code_inline" && inner.type !== "text_special")
        kinds.push(`${inner.type} ${inner.type === "html_inline" ? inner.content : ""}`)
  }
  return kinds
}

const tagsOf = (markup: string): ReadonlyArray<string> =>
  [...markup.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, "").matchAll(/<([!?/]?[a-z][\w-]*|!--)/gi)].map(([, tag]) => tag!)

/** The elements of charts. */
const drawn = new Set(
  "svg g path text tspan rect circle line polyline polygon defs clipPath linearGradient stop title".split(" ")
)

describe.each(corpus.map((hostile) => [visible(hostile).slice(0, 40), hostile] as const))("%s", (_, hostile) => {
  const report = reportWith(hostile)
  const plain = reportWith("x")
  const gates = gatesWith(hostile)
  it("in report.md, a step summary and a comparison", () => {
    const both: ReadonlyArray<(from: Report, text: string) => string> = [
      (from) => formats.md.render(from),
      (from, text) => renderStepSummary(from, gatesWith(text)),
      (from) => renderDiff(diffReports(sampleReport, from))
    ]
    for (const render of both) {
      const markdown = render(report, hostile)
      expect(structureOf(markdown)).toEqual(structureOf(render(plain, "x")))
      expect(markdown).not.toMatch(unseen)
      // Within code nobody is called.
      expect(markdown.replace(/`[^`\n]*`/g, "")).not.toContain("@everyone")
    }
  })
  it("in report.html", () => {
    const html = formats.html.render(report)
    const count = (text: string) => {
      const counts = new Map<string, number>()
      // Charts cut and wrap their labels by length.
      for (const tag of tagsOf(text.replace(/<svg[\s\S]*?<\/svg>/g, ""))) counts.set(tag, (counts.get(tag) ?? 0) + 1)
      counts.delete("code")
      counts.delete("/code")
      return [...counts]
    }
    expect(count(html)).toEqual(count(formats.html.render(plain)))
    expect(html.match(/<script/g)).toHaveLength(1)
    for (const [svg] of html.matchAll(/<svg[\s\S]*?<\/svg>/g))
      expect([...new Set(tagsOf(svg))].filter((tag) => !drawn.has(tag.replace("/", "")))).toEqual([])
    expect(html).not.toMatch(unseen)
  })
  it("in report.json and report.sarif, whose values stay what they are", () => {
    const json = formats.json.render(report)
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(report)))
    const sarif = formats.sarif.render(report)
    for (const { message } of JSON.parse(sarif).runs[0].results) expect(message.text).not.toMatch(/(?<!\\)[[\]]/)
    expect(json + sarif).not.toMatch(unseen)
  })
  it("in report.junit.xml", () => {
    const xml = formats.junit.render(report, gates)
    expect(tagsOf(xml)).toEqual(tagsOf(formats.junit.render(plain, gatesWith("x"))))
    expect(xml).not.toMatch(unseen)
  })
  it("in a table and a sentence on a terminal", () => {
    const shown = terminalText(
      table(
        [
          { title: "name", shrinks: true },
          { title: "n", right: true }
        ],
        [[{ text: hostile, colour: "green" }, { text: "1" }]],
        { isTTY: true, columns: 60, hasColors: () => true }
      )
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of the table's own
    const lines = shown.replace(/\u001b\[\d\d?m/g, "").split("\n")
    // A title, a rule, and a cell of four lines at the most.
    expect(lines.length).toBeLessThanOrEqual(6)
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(60)
      expect(line).not.toMatch(unseen)
    }
    expect(visible(hostile)).not.toMatch(/[\r\n]/)
    expect(visibleJson({ hostile })).not.toMatch(unseen)
    expect(JSON.parse(visibleJson({ hostile }))).toEqual({ hostile })
  })
})

it("goes the whole way from an imported file to every command's output", async () => {
  const folder = temporaryFolder()
  const lines = corpus.flatMap((hostile, at) =>
    Array.from({ length: 12 }, (_, n) => ({
      id: 1,
      startedAt: new Date(Date.UTC(2026, 1, 5, 10, n * 5, at)).toISOString(),
      durationSeconds: 0.1,
      integration: hostile.slice(0, 400),
      principal: null,
      product: "freshdesk",
      account: `acme${at}.freshdesk.com`,
      method: "GET",
      endpoint: `/api/v2/${hostile.slice(0, 400)}`,
      query: hostile.slice(0, 400),
      page: null,
      since: null,
      subject: null,
      status: n === 3 ? null : 200,
      error: n === 3 ? hostile.slice(0, 400) : null,
      requestBytes: 0,
      responseBytes: 2,
      rateLimit: { total: 10, remaining: 1 },
      retryAfterSeconds: null,
      items: 0,
      newVersions: 0,
      versions: []
    }))
  )
  writeFileSync(
    join(folder, "in.ndjson"),
    [{ format: "hookshift-calls", version: 1 }, ...lines].map((line) => JSON.stringify(line)).join("\n")
  )
  const said: Array<string> = []
  for (const args of [
    ["import", "ndjson", "in.ndjson"],
    ["pollers"],
    ["pollers", "--json"],
    ["audit", "--no-replay", "--out", "out", "--format", "md,html,summary,json,sarif,junit"],
    ["diff", "out/report.json", "out/report.json"],
    ["subscriptions", "plan"],
    ["record", "status"],
    ["import", "har", "\u001b[2J\u202E.har"]
  ]) {
    const { stderr, stdout } = await runCli(args, { cwd: folder })
    said.push(stdout, stderr)
  }
  expect(said.join("").length).toBeGreaterThan(2_000)
  for (const text of [
    ...said,
    ...readdirSync(join(folder, "out")).map((name) => readFileSync(join(folder, "out", name), "utf8"))
  ])
    expect(text).not.toMatch(unseen)
}, 400_000)
