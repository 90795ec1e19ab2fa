/** Calls now and after, by part: two bars. */
import type { Report } from "../../domain/Report.js"
import { isShort } from "../decision/CallsADay.js"
import { partsAfter } from "../markdown/FirstScreen.js"
import { count, some } from "../markdown/Words.js"
import type { Picture } from "./Plot.js"

export const breakdown = (report: Report): Picture => {
  const { calls, callsAfter } = report.totals
  const parts = partsAfter(report)
  const most = Math.max(1, calls, callsAfter)
  const part = (kind: string, value: number): string =>
    `<span class="${kind}" style="width:${Math.round((value / most) * 1_000) / 10}%"></span>`
  const bar = (name: string, value: number, content: string): string =>
    `<div class="bar"><span>${name} <b>${count(value)}</b></span><div>${content}</div></div>`
  return {
    title: "Calls now and after",
    description: `${isShort(report) ? "In the window itself, which counts a whole reconciliation: " : ""}${some(calls, "call")} now, ${count(callsAfter)} after: ${parts.map(([name, value]) => `${name} ${count(value)}`).join(", ")}.`,
    html: [
      bar("now", calls, part("now", calls)),
      bar("after", callsAfter, parts.map(([name, value]) => part(name, value)).join("")),
      `<ul class="keys">${parts.map(([name, value]) => `<li class="${name}">${name} ${count(value)}</li>`).join("")}</ul>`
    ].join("")
  }
}
