/** The section on what must stay polled: pollers that webhooks do not replace, and fields that no event covers. */
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { code, text } from "./Words.js"

export const stayingPolled = (report: Report): string => {
  const lines: Array<string> = []
  const silent: Array<string> = []
  for (const poller of report.pollers) {
    if (!isReplaced(poller))
      lines.push(
        `- **${text(poller.integration)}** ${code(poller.endpoint)} (${poller.verdict}): ${text(poller.reasons.join("; "))}`
      )
    else if (poller.coverage !== null && poller.coverage.changes > poller.coverage.pushed) {
      const fields = Object.entries(poller.coverage.uncoveredFields).map(([field, times]) => `${code(field)} ${times}×`)
      silent.push(`**${text(poller.integration)}** ${fields.join(", ")}`)
    }
  }
  if (silent.length > 0)
    lines.push(`- No event fires when only these change, so reconciliation has to bring them: ${silent.join("; ")}`)
  // Where the plan has the route already, it watches what it can.
  const rule = report.pollers.some(
    (poller) =>
      isReplaced(poller) &&
      isByAppAlone(report, poller.account) &&
      Object.keys(poller.coverage?.uncoveredFields ?? {}).some((field) => field.startsWith("custom_fields"))
  )
  return [
    ...(lines.length === 0 ? ["Nothing: every change that was seen has its event."] : lines),
    ...(rule
      ? [
          "",
          "An automation rule can watch custom fields and tags by name (route `rule`); its deliveries are not signed and carry an id only, so each costs a hydration."
        ]
      : [])
  ].join("\n")
}

const isByAppAlone = ({ accounts, settings }: Report, account: string): boolean => {
  const route = accounts.find((one) => one.account === account)?.route ?? settings.route
  return route.includes("app") && !route.includes("rule")
}
