/** Accounts: the calls of each now and after, and the changes that its route does not bring. */
import { groupBy } from "../../domain/Grouping.js"
import type { AccountReport, Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { isShort } from "../decision/CallsADay.js"
import { headroomCells } from "./Headroom.js"
import { become, code, count, percent, some, table, text } from "./Words.js"

/** Calls now and after, and the headroom beneath its limit. */
export const accountTable = (report: Report): string =>
  table(
    "llrrrlrrr",
    ["account", "route", "calls", "after", "fewer", "limit", "busiest", "after", "refused (429)"],
    report.accounts.map((account) => {
      const use = report.rateLimits.find((limit) => limit.account === account.account)
      return [
        `${text(account.account)}${account.product === null ? "" : ` (${text([account.product, use?.plan].filter((part) => part != null).join(", "))})`}`,
        text(account.route ?? "none"),
        count(account.calls),
        ...(isShort(report) ? ["", ""] : [count(account.callsAfter), percent(account.reduction)]),
        ...(use === undefined ? ["unknown", "", "", ""] : headroomCells(use))
      ]
    })
  )

/** Changes that neither path brings, those under one condition together; empty where there are none. */
export const neverBrought = ({ accounts }: Report): ReadonlyArray<string> => {
  const told = accounts.flatMap(({ account, notBrought = [] }) =>
    notBrought.map((change) => {
      const [, what, condition = ""] = /^(.*?)(?: \((unless [^()]*)\))?$/s.exec(change)!
      return { account, what: what!, condition }
    })
  )
  const nothing = "either an event nor reconciliation tells of"
  return [...groupBy(told, ({ condition }) => condition)].map(([condition, changes]) => {
    const where = [...groupBy(changes, ({ account }) => account)].map(
      ([account, own]) => `${own.map(({ what }) => text(what)).join(", ")} (${text(account)})`
    )
    return `${condition === "" ? `N${nothing}` : `U${text(condition.slice(1))}, n${nothing}`}: ${where.join("; ")}.`
  })
}

/** Its calls by part, what its route leaves out, and what to set up by hand. */
export const accountDetails = (report: Report): string =>
  report.accounts.map((account) => accountSection(report, account)).join("\n\n")

const accountSection = (report: Report, account: AccountReport): string => {
  const own = report.pollers.filter((poller) => poller.account === account.account)
  const moving = own.filter(isReplaced)
  const parts = Object.entries(account.callsAfterBreakdown).filter(([, calls]) => calls > 0)
  const calls = isShort(report)
    ? ""
    : `: ${become(account.calls, account.callsAfter)}${parts.length === 0 ? "" : ` (${parts.map(([name, calls]) => `${name} ${count(calls)}`).join(", ")})`}`
  return [
    `### ${text(account.account)}`,
    "",
    `${some(own.length, "poller")}, ${moving.length} of them can give way to webhooks by the ${text(account.route ?? "no")} route${calls}.`,
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
