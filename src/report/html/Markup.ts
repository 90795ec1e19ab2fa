/** Markdown and foreign text as HTML: Markdown makes no HTML of its own, and a table scrolls by itself. */
import MarkdownIt from "markdown-it"
import { visible, visibleLines } from "../../domain/PlainText.js"
import type { Picture } from "../pictures/Plot.js"

const markdown = new MarkdownIt({ html: false, linkify: false })

/** Plain text of strangers. */
export const escape = (text: string): string =>
  visible(text).replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark]!)

/** A line of Markdown. */
export const inline = (text: string): string => markdown.renderInline(visibleLines(text))

/** Paragraphs, lists and tables; tables and code scroll, also by keyboard. `title` names a table to a screen reader. */
export const blocks = (text: string, title: string): string =>
  markdown
    .render(visibleLines(text))
    .replace(/ style="text-align:(left|right)"/g, (_, side: string) => (side === "right" ? ' class="r"' : ""))
    .replace(
      /<li>(<p>)?\[ \] ([\s\S]*?)(?=<\/p>|<ul>|<\/li>)/g,
      (_, paragraph: string | undefined, step: string) =>
        `<li class="task">${paragraph ?? ""}<label><input type="checkbox"> <span>${step.trim()}</span></label>`
    )
    .replaceAll(
      "<table>",
      () =>
        `<div class="box"><p class="hint" aria-hidden="true">Scrolls sideways →</p><div class="table" tabindex="0" role="region" aria-label="${escape(title)}"><table>`
    )
    .replaceAll("</table>", "</table></div></div>")

export const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")

/** Numbers the figures of one page. */
export const figures = (): ((picture: Picture) => string) => {
  let shown = 0
  return ({ description, html, title }: Picture): string => {
    const id = `figure-${++shown}`
    return `<figure><div role="img" aria-labelledby="${id}">${html}</div><figcaption id="${id}"><b>${escape(title)}.</b> ${escape(description)}</figcaption></figure>`
  }
}

/** A part that folds; the summary is HTML. */
export const fold = (summary: string, content: string, kind = "fold"): string =>
  `<details class="${kind}"><summary>${summary}</summary><div class="in">${content}</div></details>`
