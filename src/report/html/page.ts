/** Style sheet and script of `report.html`. */
export const style = `
:root { color-scheme: light dark; --ground: #ffffff; --text: #1f2937; --soft: #4b5563; --line: #d1d5db; --code: #f3f4f6; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --ground: #111827; --text: #e5e7eb; --soft: #aab2c0; --line: #374151; --code: #1f2937; --link: #7cb8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main, nav { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
main { padding-bottom: 4rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 1rem 0 0; padding: 0; font-size: .875rem; }
a { color: var(--link); }
h1 { font-size: 1.75rem; line-height: 1.2; }
h2 { margin-top: 3rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { margin-top: 2rem; }
p, li { max-width: 52rem; overflow-wrap: anywhere; }
code { background: var(--code); padding: .1em .3em; border-radius: 3px; font-size: .875em; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .75rem; overflow-x: auto; border-radius: 4px; line-height: 1.25; }
pre code { padding: 0; overflow-wrap: normal; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; min-width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; vertical-align: top; text-align: left; }
th { background: var(--code); white-space: nowrap; }
td[style*="right"], th[style*="right"] { font-variant-numeric: tabular-nums; white-space: nowrap; }
td { min-width: 4rem; }
th button { all: unset; cursor: pointer; font-weight: bold; }
th button:focus-visible { outline: 2px solid var(--link); }
th[aria-sort=ascending] button::after { content: " ▲"; }
th[aria-sort=descending] button::after { content: " ▼"; }
figure { margin: 1.5rem 0; }
figcaption { color: var(--soft); font-size: .875rem; max-width: 52rem; }
.wide { overflow-x: auto; }
.chart { width: 100%; min-width: 40rem; height: auto; display: block; }
.task { list-style: none; margin-left: -1.25rem; }
.task label { display: flex; gap: .5rem; align-items: baseline; }
@media print {
  figcaption { font-size: 9pt; }
  :root { color-scheme: light; --ground: #fff; --text: #000; --soft: #333; --line: #999; --code: #f3f4f6; --link: #000; }
  nav { display: none; }
  body { font-size: 11px; }
  table { font-size: 9px; }
  h2, h3 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  .table, .wide, pre { overflow: visible; }
  .chart { min-width: 0; }
  pre { white-space: pre-wrap; }
}`

/** Makes table columns sortable. A cell's key is its first number, converted from its unit. */
export const behaviour = `
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0]
  if (!body || body.rows.length < 2) continue
  const units = { s: 1, min: 60, h: 3600 }
  const valueOf = (text) => {
    const match = /^\\D{0,2}(-?[\\d,]+(?:\\.\\d+)?)\\s*(s|min|h)?\\b/.exec(text.trim())
    return match ? Number(match[1].replace(/,/g, "")) * (units[match[2]] ?? 1) : null
  }
  for (const [column, cell] of [...table.tHead.rows[0].cells].entries()) {
    if (cell.textContent.trim() === "") continue
    const button = document.createElement("button")
    button.type = "button"
    button.append(...cell.childNodes)
    cell.append(button)
    button.addEventListener("click", () => {
      const down = cell.getAttribute("aria-sort") === "ascending"
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort")
      cell.setAttribute("aria-sort", down ? "descending" : "ascending")
      const keyed = [...body.rows].map((row) => [row, row.cells[column].textContent])
      const numeric = keyed.every(([, text]) => text.trim() === "" || valueOf(text) !== null)
      keyed.sort(([, a], [, b]) => numeric ? (valueOf(a) ?? -1) - (valueOf(b) ?? -1) : a.localeCompare(b))
      if (down) keyed.reverse()
      body.append(...keyed.map(([row]) => row))
    })
  }
}`
