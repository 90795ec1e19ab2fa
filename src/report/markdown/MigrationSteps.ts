/** The section with the migration steps, ready to tick off. */
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { code, some, text } from "./Words.js"

/** `full` names the events. */
export const migrationSteps = (report: Report, full: boolean): string => {
  const moving = report.pollers.filter(isReplaced)
  const isOnly = ({ integration }: PollerAssessment) =>
    moving.filter((other) => other.integration === integration).length === 1
  const events = [...new Set(report.subscriptions.map((line) => line.event))]
  const routes = [...new Set(report.subscriptions.map((line) => line.route))]
  if (moving.length === 0) return "Nothing to migrate."
  return [
    "- [ ] Put a service account's API key and a new webhook secret into your secret manager; name their variables in `hookshift.config.json` (`secretEnv`)",
    ...(report.plan === undefined
      ? []
      : ["- [ ] Set each source's routes (`webhook`) and `reconcile` in the configuration as the plan above has them"]),
    `- [ ] Run \`hookshift receive\` behind TLS${takesOption(report) ? `, with \`--reconcile ${report.settings.reconcileSeconds}s\`,` : ""} and hand its events to your code (\`--forward\` or the library)`,
    `- [ ] \`hookshift subscriptions plan\`, then \`hookshift subscriptions apply\`: ${full ? events.map((event) => code(event)).join(", ") : some(events.length, "event")} by route ${routes.map((route) => text(route)).join(", ")}`,
    "- [ ] `hookshift subscriptions status` shows every subscription active: each has brought its first verified delivery",
    "- [ ] Let both paths run side by side for some days, with polling still on",
    "- [ ] Switch off the polling, one poller after the other:",
    ...moving.map(
      (poller) => `  - [ ] ${text(poller.integration)}${isOnly(poller) ? "" : ` (${code(poller.endpoint)})`}`
    ),
    "- [ ] Keep reconciliation on for good: it is the net under every lost delivery"
  ].join("\n")
}

/** Whether the receiver needs `--reconcile`: where there is a plan, or each source sets its interval, these say it. */
const takesOption = ({ accounts, plan, settings: { setIntervals = [] } }: Report): boolean =>
  plan === undefined && setIntervals.length < accounts.length
