/** The section on accounts: the calls of each now and after, and the changes that its route does not bring. */
import { markdownTable } from "markdown-table"
import type { AccountReport, Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { code, count, percent, right, some, text } from "./Words.js"

export const accounts = (report: Report): string => {
  const rows = report.accounts.map((account) => [
    text(account.account),
    text(account.product ?? "unknown"),
    text(account.route ?? "none"),
    count(account.calls),
    count(account.callsAfter),
    percent(account.reduction)
  ])
  return [
    "## Accounts",
    "",
    markdownTable([["account", "product", "route", "calls", "after", "fewer"], ...rows], {
      align: right("lllrrr"),
      alignDelimiters: false
    }),
    ...report.accounts.flatMap((account) => ["", accountSection(report, account)])
  ].join("\n")
}

const accountSection = (report: Report, account: AccountReport): string => {
  const own = report.pollers.filter((poller) => poller.account === account.account)
  const moving = own.filter(isReplaced)
  const parts = Object.entries(account.callsAfterBreakdown).filter(([, calls]) => calls > 0)
  return [
    `### ${text(account.account)}`,
    "",
    `${some(own.length, "poller")}, ${moving.length} of them can give way to webhooks by the ${account.route ?? "no"} route: ${count(account.calls)} calls become ${count(account.callsAfter)}${parts.length === 0 ? "" : ` (${parts.map(([name, calls]) => `${name} ${count(calls)}`).join(", ")})`}.`,
    ...(account.notPushed.length === 0
      ? []
      : ["", `No event of this route tells of: ${account.notPushed.map(text).join("; ")}. Reconciliation brings it.`]),
    ...(account.notBrought === undefined || account.notBrought.length === 0
      ? []
      : ["", `Neither an event nor reconciliation tells of: ${account.notBrought.map(text).join("; ")}.`]),
    ...(account.notReconciled === undefined || account.notReconciled.length === 0
      ? []
      : [
          "",
          `Not looked after, since no poller that gives way reads it: ${account.notReconciled.map(text).join(", ")}. The source's \`reconcile\` setting adds a type by name.`
        ]),
    ...account.runbooks.flatMap(({ steps, title }) => [
      "",
      `To set up by hand, ${text(title)}:`,
      "",
      ...steps.map(
        (step, index) =>
          `${index + 1}. ${step.startsWith("the body: ") ? `the body: ${code(step.slice("the body: ".length))}` : text(step)}`
      )
    ])
  ].join("\n")
}
