/** The longest that a lost push may stay unnoticed, in seconds: an account's own interval precedes the plan's bound. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { Report } from "../../domain/Report.js"
import { text } from "../markdown/Words.js"

export const healingBoundOn = ({ plan, settings }: Pick<Report, "plan" | "settings">, account: string): number =>
  settings.setIntervals?.find((one) => one.account === account)?.everySeconds ??
  plan?.healWithinSeconds ??
  settings.reconcileSeconds

/** Of the accounts whose pollers move, the longest. */
export const healingBoundOf = (report: Pick<Report, "plan" | "settings">, accounts: ReadonlyArray<string>): number =>
  accounts.length === 0
    ? (report.plan?.healWithinSeconds ?? report.settings.reconcileSeconds)
    : Math.max(...accounts.map((account) => healingBoundOn(report, account)))

/** Accounts for which no promise of the plan holds. */
export const notPlanned = (
  { plan, settings: { setIntervals = [] } }: Pick<Report, "plan" | "settings">,
  what: string
): string =>
  plan === undefined || setIntervals.length === 0
    ? ""
    : ` ${what} for ${setIntervals.map(({ account, everySeconds }) => `${text(account)}, whose source sets \`reconcile.every\` (${roundedDuration(everySeconds)})`).join(", nor for ")}: no plan is made of ${setIntervals.length === 1 ? "it" : "them"}.`
