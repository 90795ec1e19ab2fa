/**
 * `report.html`: the Markdown report rendered as one page with charts, which loads nothing. JavaScript only makes
 * tables sortable.
 */
import MarkdownIt from "markdown-it"
import { visibleLines } from "../../domain/PlainText.js"
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { headline } from "../markdown/Headline.js"
import { renderMarkdown } from "../markdown/Markdown.js"
import { alternativesOf, tradeOffOf } from "./AlternativeCharts.js"
import { breakdownOf, callsPerMinute, freshnessOf, lagsOf, sweepStripsOf } from "./Charts.js"
import type { Chart } from "./drawing.js"
import { behaviour, style } from "./page.js"
import { timelineChart } from "./ReplayCharts.js"

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark]!)

/** Placeholder for `<br>`, the Markdown's only HTML: a character of the private-use area. */
const lineBreak = "\ue000"

/** Numbers the figures of one page. */
const figures = (): ((chart: Chart) => string) => {
  let charts = 0
  return ({ description, svg, title }: Chart): string => {
    const id = `chart-${++charts}`
    return `<figure><div class="wide" tabindex="0" role="region" aria-label="chart ${charts}"><div role="img" aria-labelledby="${id}">${svg}</div></div><figcaption id="${id}"><b>${escape(title)}.</b> ${escape(description)}</figcaption></figure>`
  }
}

const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")

export const renderHtml = (report: Report): string => {
  const figure = figures()
  let tables = 0
  const markdown = new MarkdownIt({ html: false, linkify: false })
  const body = markdown
    .render(visibleLines(renderMarkdown(report)).replaceAll("<br>", lineBreak))
    .replaceAll(lineBreak, "<br>")
    .replace(
      /<li>\[ \] ([\s\S]*?)<\/li>/g,
      (_, step: string) => `<li class="task"><label><input type="checkbox"> <span>${step.trim()}</span></label></li>`
    )
    // On a narrow page a table scrolls by itself, also by keyboard.
    .replace(/<table>/g, () => `<div class="table" tabindex="0" role="region" aria-label="table ${++tables}"><table>`)
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<pre>", '<pre tabindex="0">')
  const sections = [...body.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title!)
  const withCharts = body
    .replace(/<pre tabindex="0"><code class="language-text">calls now[\s\S]*?<\/pre>/, () =>
      figure(breakdownOf(report))
    )
    .replace(
      /<h2>(.*?)<\/h2>/g,
      (_, title: string) => `<h2 id="${slugOf(title)}">${title}</h2>${chartsUnder(report, title).map(figure).join("")}`
    )
  return visibleLines(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${escape(headline(report))}</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Sections"><ul>${sections.map((title) => `<li><a href="#${slugOf(title)}">${title}</a></li>`).join("")}</ul></nav>
<main>
${withCharts}
</main>
<script>${behaviour}</script>
</body>
</html>
`)
}

const chartsUnder = (report: Report, title: string): ReadonlyArray<Chart> => {
  if (title === "Pollers") {
    return [sweepStripsOf(report), freshnessOf(report), lagsOf(report)].filter((chart) => chart !== null)
  }
  if (title === "Side by side") {
    const timeline = report.replay?.timeline
    return timeline === undefined ? [] : [timelineChart(timeline)]
  }
  if (title === "Rate-limit headroom") return report.rateLimits.map(callsPerMinute)
  if (title === "What else could be done")
    return [tradeOffOf(report), ...report.pollers.filter(isReplaced).slice(0, 4).map(alternativesOf)].filter(
      (chart) => chart !== null
    )
  return []
}
