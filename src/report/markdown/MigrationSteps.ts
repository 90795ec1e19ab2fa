/** The section with the migration steps, ready to tick off. */
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { code, text } from "./Words.js"

export const migrationSteps = (report: Report): string => {
  const moving = report.pollers.filter(isReplaced)
  const events = [...new Set(report.subscriptions.map((line) => line.event))]
  const routes = [...new Set(report.subscriptions.map((line) => line.route))]
  if (moving.length === 0) return "## Migration steps\n\nNothing to migrate."
  return [
    "## Migration steps",
    "",
    "- [ ] Put the API key of a service account and a new webhook secret into your secret manager; name their variables in `hookshift.config.json` (`secretEnv`)",
    ...(report.plan === undefined
      ? []
      : ["- [ ] Set each source's routes (`webhook`) and `reconcile` in the configuration as the plan above has them"]),
    `- [ ] Run \`hookshift receive\` behind TLS${report.plan === undefined ? `, with \`--reconcile ${report.settings.reconcileSeconds}s\`,` : ""} and hand its events to your code (\`--forward\` or the library)`,
    `- [ ] \`hookshift subscriptions plan\`, then \`hookshift subscriptions apply\`: ${events.map((event) => code(event)).join(", ")} by route ${routes.join(", ")}`,
    "- [ ] `hookshift subscriptions status` shows every subscription active: each has brought its first verified delivery",
    "- [ ] Let both paths run side by side for some days, with polling still on",
    ...moving.map(
      (poller) => `- [ ] Switch off the polling of **${text(poller.integration)}** (${code(poller.endpoint)})`
    ),
    "- [ ] Keep reconciliation on for good: it is the net under every lost delivery"
  ].join("\n")
}
