/** The three things to do first, gravest first, each with what it gains or risks. */
import { roundedDuration } from "../../domain/DurationText.js"
import { type Finding, integrationOf } from "../../domain/Finding.js"
import { groupBy } from "../../domain/Grouping.js"
import { replayVerdict } from "../../domain/ReplayVerdict.js"
import type { Report } from "../../domain/Report.js"
import { becomes } from "../../domain/Verdict.js"
import { become, code, count, percent, some, text } from "../markdown/Words.js"
import { isShort } from "./CallsADay.js"
import { healingBoundOn } from "./HealingBound.js"
import { movingOf } from "./Moving.js"

/** Inline Markdown. */
export interface Step {
  readonly title: string
  readonly detail: string
}

const most = 3
/** Rules and pollers that one step names. */
const mostNamed = 4

export const firstSteps = (report: Report): ReadonlyArray<Step> =>
  [
    ...understand(report),
    ...recordLonger(report),
    ...repair(report),
    ...setUp(report),
    ...switchOff(report),
    ...tune(report),
    ...spare(report)
  ].slice(0, most)

const list = (names: ReadonlyArray<string>): string => {
  const rest = names.length - mostNamed
  return new Intl.ListFormat("en").format(rest > 0 ? [...names.slice(0, mostNamed), `${count(rest)} more`] : names)
}

const understand = ({ replay }: Report): ReadonlyArray<Step> => {
  if (replay === null || replayVerdict(replay).holds) return []
  return [
    {
      title: "Switch nothing off yet",
      detail: `${replayVerdict(replay).sentence.replace(/^t/, "T")}: look at them under Side by side.`
    }
  ]
}

const recordLonger = ({ pollers, totals }: Report): ReadonlyArray<Step> =>
  pollers.length > 0 && totals.extrapolation?.reduction !== null
    ? []
    : [
        {
          title: "Record for longer",
          detail:
            "Four sweeps of the slowest poller at least, a day if you can: `hookshift record`, then `hookshift audit`."
        }
      ]

const freshOf = ({ findings }: Report, severity: Finding["severity"]): ReadonlyArray<Finding> =>
  findings.filter((finding) => finding.severity === severity && !finding.known)

/** Names of the integrations that findings are about. */
const namesOf = (report: Report, findings: ReadonlyArray<Finding>): ReadonlyArray<string> => [
  ...new Set(
    findings.flatMap((finding) => {
      const name = integrationOf(finding, report.pollers)
      return name === null ? [] : [text(name)]
    })
  )
]

const costing = (findings: ReadonlyArray<Finding>): string => {
  const calls = findings.reduce((sum, { consequence }) => sum + (consequence?.calls ?? 0), 0)
  return calls === 0 ? "" : `, ${some(calls, "call")}`
}

const costliestFirst = (findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> =>
  [...findings].sort((one, other) => (other.consequence?.calls ?? 0) - (one.consequence?.calls ?? 0))

const repair = (report: Report): ReadonlyArray<Step> => {
  const errors = freshOf(report, "error")
  if (errors.length === 0) return []
  const rules = [...groupBy(errors, ({ rule }) => rule)].map(([rule, findings]) => {
    const names = namesOf(report, costliestFirst(findings))
    return `${names.length === 0 ? "" : `**${list(names)}**: `}${text(findings[0]!.fix)} (${code(rule)}${costing(findings)}).`
  })
  return [
    {
      title: `Mend ${some(errors.length, "error")} in the programs as they are, before anything moves`,
      detail: [
        ...rules.slice(0, mostNamed),
        ...(rules.length > mostNamed ? ["The others are under Findings."] : [])
      ].join(" ")
    }
  ]
}

const setUp = (report: Report): ReadonlyArray<Step> => {
  const { accounts, pollers, totals, window } = report
  const saved = totals.calls - totals.callsAfter
  const first = accounts
    .filter((account) => pollers.some((one) => one.account === account.account && becomes(one) === "replaced"))
    .sort((one, other) => other.calls - other.callsAfter - (one.calls - one.callsAfter))[0]
  if (first === undefined) return []
  const { account, calls, callsAfter, route } = first
  const share = saved <= 0 ? "" : `, ${percent((calls - callsAfter) / saved, 0)} of all that is saved`
  return [
    {
      title: `Set up webhooks on ${text(account)}${accounts.length > 1 ? " first" : ""}`,
      detail: `${isShort(report) ? "" : `${some(calls, "call")} in ${roundedDuration(window.seconds)} ${calls === 1 ? "becomes" : "become"} ${count(callsAfter)}${share}. `}Route ${text(route ?? "none")}: \`hookshift plan\`, \`hookshift subscriptions apply\`, \`hookshift receive\`. Polling goes on meanwhile.`
    }
  ]
}

const switchOff = (report: Report): ReadonlyArray<Step> => {
  const { shadow } = report
  const short = isShort(report)
  const savedBy = ({ calls, callsAfter }: { readonly calls: number; readonly callsAfter: number }): number =>
    short ? calls : calls - callsAfter
  const moving = movingOf(report).pollers
  const first = [...moving].sort((one, other) => savedBy(other) - savedBy(one))[0]
  if (first === undefined) return []
  const bound = roundedDuration(healingBoundOn(report, first.account))
  const when =
    shadow?.safe === true ? "`hookshift shadow` says that it is safe" : "Once `hookshift shadow` says that it is safe"
  return [
    {
      title: `Let both paths run for some days, then switch off ${text(first.integration)}`,
      detail: `${when}: it ${short ? "makes" : "saves"} ${some(savedBy(first), "call")}${moving.length === 1 ? "" : ", more than any other poller that moves"}. The risk that stays: a lost push goes unnoticed for up to ${bound}, so reconciliation stays on.`
    }
  ]
}

const tune = ({ pollers }: Report): ReadonlyArray<Step> =>
  pollers
    .filter((poller) => becomes(poller) === "tuned")
    .map(({ calls, callsAfter, integration, reasons }) => ({
      title: `Let ${text(integration)} ask less often`,
      detail: `${become(calls, callsAfter)}: ${text(reasons.join("; "))}.`
    }))

const spare = (report: Report): ReadonlyArray<Step> =>
  costliestFirst(freshOf(report, "warning")).map((finding) => ({
    title: `Spare calls${namesOf(report, [finding]).map((name) => ` of ${name}`)}`,
    detail: `${text(finding.message)}: ${text(finding.fix)}.`
  }))
