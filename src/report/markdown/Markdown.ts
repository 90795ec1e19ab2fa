/**
 * `report.md`: for the engineer who decides. The verdict first, the steps to tick off, and how every number was
 * computed.
 */

import type { Report } from "../../domain/Report.js"
import { tunedAway } from "../../domain/Verdict.js"
import { accounts } from "./Accounts.js"
import { alternatives } from "./Alternatives.js"
import { findings } from "./Findings.js"
import { headroom } from "./Headroom.js"
import { liveComparison } from "./LiveComparison.js"
import { methods } from "./Methods.js"
import { migrationSteps } from "./MigrationSteps.js"
import { plan } from "./Plan.js"
import { pollers } from "./Pollers.js"
import { sideBySide } from "./SideBySide.js"
import { stayingPolled } from "./StayingPolled.js"
import { picture, verdict } from "./Verdict.js"

export const renderMarkdown = (report: Report): string =>
  `${[
    "# Polling to webhooks: the audit",
    verdict(report),
    picture(report),
    ...plan(report),
    accounts(report),
    pollers(report),
    alternatives(report),
    headroom(report),
    report.replay === null
      ? "## Side by side\n\nNo replay was made: run `hookshift replay`, or `hookshift audit` without `--no-replay`."
      : sideBySide(report.replay, {
          calls: report.totals.calls,
          callsAfter: report.totals.callsAfter,
          tunedAway: tunedAway(report.pollers),
          from: report.window.from
        }),
    ...(report.shadow === undefined ? [] : [liveComparison(report.shadow)]),
    stayingPolled(report),
    findings(report),
    migrationSteps(report),
    methods(report)
  ].join("\n\n")}\n`
