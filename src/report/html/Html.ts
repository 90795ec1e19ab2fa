/**
 * `report.html`: one page that loads nothing. The first screen decides, the rest unfolds. JavaScript only sorts tables
 * and unfolds all at once.
 */
import { visibleLines } from "../../domain/PlainText.js"
import type { Report } from "../../domain/Report.js"
import { doubtsOf } from "../decision/Doubts.js"
import { firstSteps } from "../decision/FirstSteps.js"
import { forecastOf, forecastOfDays } from "../decision/Forecast.js"
import { tilesOf } from "../decision/Tiles.js"
import { subtitleOf, titleOf } from "../decision/Title.js"
import { verdict } from "../decision/Verdict.js"
import { accountDetails, accountTable, neverBrought } from "../markdown/Accounts.js"
import { tunedWays } from "../markdown/Alternatives.js"
import { busiestMinutes } from "../markdown/Headroom.js"
import { reconcileIntervals } from "../markdown/Intervals.js"
import { liveComparison } from "../markdown/LiveComparison.js"
import { methods } from "../markdown/Methods.js"
import { migrationSteps } from "../markdown/MigrationSteps.js"
import { mirroredTable } from "../markdown/MirroredPrograms.js"
import { plan } from "../markdown/Plan.js"
import { unattributed } from "../markdown/Pollers.js"
import { bothPaths, byIntegrationTable, manyDaysOutcome, manyDaysTable, noReplay } from "../markdown/SideBySide.js"
import { stayingPolled } from "../markdown/StayingPolled.js"
import { noPollers } from "../markdown/Words.js"
import { breakdown } from "../pictures/Breakdown.js"
import { freshnessOf } from "../pictures/Freshness.js"
import { hourOf } from "../pictures/Hour.js"
import { minutesOf } from "../pictures/Minutes.js"
import type { Picture } from "../pictures/Plot.js"
import { behaviour } from "./Behaviour.js"
import { findingRows } from "./FindingRows.js"
import { blocks, escape, figures, fold, inline, slugOf } from "./Markup.js"
import { pollerRows } from "./PollerRows.js"
import { style } from "./Style.js"

type Draw = (picture: Picture) => string

interface Section {
  readonly title: string
  readonly content: string
  /** Behind its title. */
  readonly folded?: true
}

export const renderHtml = (report: Report): string => {
  const draw = figures()
  const sections = sectionsOf(report, draw)
  return visibleLines(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${titleOf(report, escape)}, ${escape(subtitleOf(report))}</title>
<style>${style}</style>
</head>
<body>
<main>
${firstScreen(report)}
<nav aria-label="Sections"><ul>${sections.map(({ title }) => `<li><a href="#${slugOf(title)}">${title}</a></li>`).join("")}</ul></nav>
${sections.map(sectionHtml).join("\n")}
</main>
<script>${behaviour}</script>
</body>
</html>
`)
}

const firstScreen = (report: Report): string => {
  const steps = firstSteps(report)
  const doubts = doubtsOf(report)
  return [
    `<header><h1>${titleOf(report, escape)}</h1><p class="when">${inline(subtitleOf(report))}</p><p class="verdict">${inline(verdict(report))}</p></header>`,
    `<ul class="tiles">${tilesOf(report)
      .map(
        ({ after, better, label, note, now }) =>
          `<li><h2>${label}</h2><p class="figure${better ? " better" : ""}"><span class="was">${now}</span> <span aria-hidden="true">→</span><span class="unseen">after:</span> <b>${after}</b></p><p>${inline(note)}</p></li>`
      )
      .join("")}</ul>`,
    steps.length === 0
      ? "<p>Nothing to do.</p>"
      : `<section class="first"><h2>Do this first</h2><ol>${steps.map(({ detail, title }) => `<li><b>${inline(title)}.</b> ${inline(detail)}</li>`).join("")}</ol></section>`,
    doubts.length === 0
      ? ""
      : `<section class="doubts"><h2>What these figures leave open</h2><ul>${doubts.map((one) => `<li>${inline(one)}</li>`).join("")}</ul></section>`
  ].join("\n")
}

const sectionHtml = ({ content, folded, title }: Section): string => {
  const heading = `<h2 id="${slugOf(title)}">${title}</h2>`
  return folded === true ? fold(heading, content, "section") : `<section>${heading}${content}</section>`
}

const sectionsOf = (report: Report, draw: Draw): ReadonlyArray<Section> => [
  { title: "The plan", content: planSection(report, draw) },
  { title: "Findings", content: findingRows(report) },
  { title: "Pollers", content: pollerSection(report, draw) },
  { title: "Accounts, and rate-limit headroom", content: accountSection(report, draw) },
  { title: "Side by side", content: replaySection(report, draw) },
  ...(report.shadow === undefined
    ? []
    : [
        { title: "Both paths, live", content: blocks(withoutTitle(liveComparison(report.shadow)), "Both paths, live") }
      ]),
  { title: "What must stay polled, and why", content: blocks(stayingPolled(report), "What must stay polled") },
  {
    title: "Migration steps, ready to tick off",
    content: blocks(migrationSteps(report, true), "Migration steps"),
    folded: true
  },
  { title: "How every number was computed", content: blocks(methods(report, true), "Methods"), folded: true }
]

const withoutTitle = (section: string): string => section.replace(/^## .*\n\n/, "")

const planSection = (report: Report, draw: Draw): string =>
  draw(breakdown(report)) + blocks(plan(report).map(withoutTitle).join("\n\n"), "Plans")

const pollerSection = (report: Report, draw: Draw): string => {
  if (report.pollers.length === 0) return `<p>${inline(noPollers(report.totals.calls))}.</p>`
  const freshness = freshnessOf(report, escape)
  const intervals = reconcileIntervals(report)
  const overview = [
    ...(freshness === null ? [] : [draw(freshness)]),
    ...(intervals === null ? [] : [`<h3>How often to reconcile</h3>${blocks(intervals, "How often to reconcile")}`])
  ]
  return [
    pollerRows(report, draw),
    blocks([...unattributed(report, true), ...tunedWays(report)].join("\n\n"), "Pollers"),
    overview.length === 0 ? "" : fold("All pollers in one picture, and how often to reconcile", overview.join(""))
  ].join("")
}

const accountSection = (report: Report, draw: Draw): string =>
  [
    blocks([accountTable(report), ...neverBrought(report)].join("\n\n"), "Accounts"),
    fold("What each account's routes leave out, and steps by hand", blocks(accountDetails(report), "Accounts")),
    report.rateLimits.length === 0
      ? ""
      : fold(
          "What fills the busiest minutes, and calls a minute over the window",
          blocks(busiestMinutes(report, 0, Number.POSITIVE_INFINITY), "Busiest minutes") +
            report.rateLimits.map(minutesOf).map(draw).join("")
        )
  ].join("")

const replaySection = (report: Report, draw: Draw): string => {
  const { replay } = report
  if (replay === null) return blocks(noReplay, "Side by side")
  const forecast = forecastOf(report)
  const { runs, timeline } = replay
  return [
    blocks(bothPaths(replay, forecast), "Side by side"),
    replay.byIntegration === undefined || replay.byIntegration.length === 0
      ? ""
      : fold("Freshness of each integration", blocks(byIntegrationTable(replay.byIntegration), "Each integration")),
    replay.mirror === undefined
      ? ""
      : fold("Each integration through the mirror", blocks(mirroredTable(replay.mirror), "Through the mirror")),
    runs === undefined
      ? ""
      : blocks(manyDaysOutcome(runs, forecastOfDays(report)), "Many days") +
        fold("The bands of these days", blocks(manyDaysTable(runs), "Bands")),
    timeline === undefined ? "" : fold("An hour of both paths", draw(hourOf(timeline)))
  ].join("")
}
