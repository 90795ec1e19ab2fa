/**
 * `report.md`: for the engineer who decides, short enough for a pull request. The first screen decides; the rest folds.
 */
import type { Report } from "../../domain/Report.js"
import { isInBand } from "../decision/Band.js"
import { forecastOf, forecastOfDays } from "../decision/Forecast.js"
import { accountTable, neverBrought } from "./Accounts.js"
import { tunedWays } from "./Alternatives.js"
import { findings } from "./Findings.js"
import { firstScreen, picture } from "./FirstScreen.js"
import { fold } from "./Fold.js"
import { busiestMinutes } from "./Headroom.js"
import { liveComparison } from "./LiveComparison.js"
import { methods } from "./Methods.js"
import { migrationSteps } from "./MigrationSteps.js"
import { plan } from "./Plan.js"
import { pollerTable, unattributed } from "./Pollers.js"
import { bothPaths, deciding, manyDaysOutcome, manyDaysTable, noReplay } from "./SideBySide.js"
import { stayingPolled } from "./StayingPolled.js"

/** Share of a limit from which a busiest minute is told. */
const notableUse = 0.1

const mostCauses = 2

export const renderMarkdown = (report: Report): string =>
  `${[
    ...firstScreen(report),
    picture(report),
    ...plan(report),
    "## Findings",
    findings(report),
    "## Pollers",
    ...pollers(report),
    "## Accounts, and rate-limit headroom",
    accountTable(report),
    ...neverBrought(report),
    ...(report.rateLimits.length === 0
      ? []
      : [fold("What fills the busiest minutes", busiestMinutes(report, notableUse, mostCauses))]),
    "## Side by side",
    ...sideBySide(report),
    ...(report.shadow === undefined ? [] : [liveComparison(report.shadow)]),
    "## What must stay polled, and why",
    stayingPolled(report),
    "## Migration steps",
    migrationSteps(report, false),
    "## How every number was computed",
    fold("A sentence for each number", methods(report, false)),
    "`report.html` also has each poller's ways to go on, reasons and charts, what each account's routes leave out, steps by hand, and the calls behind findings."
  ].join("\n\n")}\n`

const pollers = (report: Report): ReadonlyArray<string> => [
  pollerTable(report),
  ...unattributed(report, false),
  ...tunedWays(report)
]

const sideBySide = (report: Report): ReadonlyArray<string> => {
  const { replay } = report
  if (replay === null) return [noReplay]
  const forecast = forecastOf(report)
  return [
    bothPaths(replay, forecast),
    ...(replay.runs === undefined
      ? []
      : [
          manyDaysOutcome(replay.runs, isInBand(report) ? forecastOfDays(report) : null),
          fold("The bands of these days", manyDaysTable(replay.runs, deciding))
        ])
  ]
}
