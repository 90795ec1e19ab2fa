/**
 * Script of `report.html`, which reads without it: tables sort, a hint names tables that scroll, one button unfolds.
 */
export const behaviour = `
const folds = [...document.querySelectorAll("details")]
const boxes = [...document.querySelectorAll(".box")]
const measure = () => {
  for (const box of boxes) {
    const table = box.lastElementChild
    box.classList.toggle("scrolls", table.scrollWidth > table.clientWidth + 1)
  }
}
addEventListener("resize", measure)
for (const fold of folds) fold.addEventListener("toggle", measure)
measure()
addEventListener("beforeprint", () => {
  for (const fold of folds) {
    fold.dataset.was = fold.open ? "open" : ""
    fold.open = true
  }
})
addEventListener("afterprint", () => {
  for (const fold of folds) fold.open = fold.dataset.was === "open"
})
const openTarget = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))
  const fold = target && target.closest("details")
  if (fold) {
    fold.open = true
    target.scrollIntoView()
  }
}
addEventListener("hashchange", openTarget)
openTarget()
const all = document.createElement("button")
all.type = "button"
all.className = "all"
all.textContent = "Unfold all"
all.addEventListener("click", () => {
  const open = all.textContent === "Unfold all"
  for (const fold of folds) fold.open = open
  all.textContent = open ? "Fold all" : "Unfold all"
})
document.querySelector("nav").prepend(all)
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0]
  if (!body || body.rows.length < 2) continue
  const units = { s: 1, min: 60, h: 3600, d: 86400 }
  // A cell's key is its first number, in the smallest unit.
  const valueOf = (text) => {
    const match = /^\\D{0,2}(-?[\\d,]+(?:\\.\\d+)?)\\s*(s|min|h|d)?\\b/.exec(text.trim())
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
