/** Pollers: a line each, which unfolds to reasons, freshness, alternatives and pictures. */
import { countedSweeps } from "../../domain/EmptySweeps.js"
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { isShort } from "../decision/CallsADay.js"
import { alternativesLead, alternativesOf, changesOf } from "../markdown/Alternatives.js"
import { throughMirror } from "../markdown/MirrorWay.js"
import { p95, wholeFreshness } from "../markdown/Pollers.js"
import { code, count, pace, percent, some, text } from "../markdown/Words.js"
import type { Picture } from "../pictures/Plot.js"
import { lagsOf, sweepsOf, waysOf } from "../pictures/PollerPictures.js"
import { blocks, escape, fold, inline } from "./Markup.js"

const heads = ["Poller", "Every", "Calls now → after", "Freshness p95 now → after", "Verdict"]

export const pollerRows = (report: Report, figure: (picture: Picture) => string): string =>
  [
    `<div class="poller head" aria-hidden="true">${heads.map((head) => `<span>${head}</span>`).join("")}</div>`,
    ...report.pollers.map((poller) =>
      fold(lineOf(poller, isShort(report)), detailsOf(report, poller, figure), "poller-fold")
    )
  ].join("")

/** A cell names itself where the columns' heads are out of sight. */
const cell = (label: string, content: string): string => `<span><small>${label} </small>${content}</span>`

const lineOf = (poller: PollerAssessment, short: boolean): string => {
  const { calls, callsAfter, endpoint, forecastFreshnessSeconds, freshnessSeconds, integration, reduction } = poller
  const fewer = reduction <= 0 ? "" : ` <em>−${percent(reduction, 0)}</em>`
  const cells = [
    `<span class="name"><b>${escape(integration)}</b> ${inline(code(endpoint))}</span>`,
    cell("every", pace(poller)),
    cell("calls", short ? count(calls) : `${count(calls)} → ${count(callsAfter)}${fewer}`),
    cell("p95", `${p95(freshnessSeconds)} → ${p95(forecastFreshnessSeconds)}`),
    `<span class="badge ${poller.verdict}">${escape(poller.verdict)}</span>`
  ]
  return `<span class="poller">${cells.join("")}</span>`
}

const detailsOf = (report: Report, poller: PollerAssessment, figure: (picture: Picture) => string): string => {
  const drawn = (picture: Picture | null): string => (picture === null ? "" : figure(picture))
  const [sweeps, lags, ways] = [sweepsOf(poller, report), lagsOf(poller), waysOf(poller)]
  return [
    blocks(facts(poller).join("\n\n"), poller.integration),
    drawn(sweeps),
    lags === null && ways === null ? "" : `<div class="pair">${drawn(lags)}${drawn(ways)}</div>`,
    poller.alternatives.length === 0
      ? ""
      : `<h3>What else could be done</h3>${blocks(`${alternativesLead}\n\n${alternativesOf(poller)}`, `ways to go on with ${poller.integration}`)}`
  ].join("")
}

const facts = (poller: PollerAssessment): ReadonlyArray<string> => {
  const { account, detailCalls, emptySweeps, events, pagesPerSweep, query, reasons, sweeps, throttled, verdict } =
    poller
  const parts = [
    `${some(sweeps, "sweep")}${emptySweeps === null ? "" : `, ${count(emptySweeps)} of the ${count(countedSweeps(poller))} after the first empty`}`,
    `${pagesPerSweep} ${pagesPerSweep === 1 ? "page" : "pages"} a sweep`,
    ...(detailCalls === 0 ? [] : [some(detailCalls, "detail call")]),
    ...(throttled === 0 ? [] : [`${some(throttled, "call")} refused (429)`])
  ]
  const changes = changesOf(poller)
  return [
    `**Why ${verdict}:** ${text(reasons.join("; "))}.`,
    `On ${text(account)}${query === "" ? "" : `, ${code(query)}`}: ${parts.join(", ")}.${events.length === 0 ? "" : ` Events: ${events.map((event) => code(event)).join(", ")}.`}`,
    wholeFreshness(poller),
    ...throughMirror(poller),
    ...(changes === "" ? [] : [changes])
  ]
}
