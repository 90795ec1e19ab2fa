/**
 * The forecast as a replay plays it. A replay plays the accounts on which a poller gives way to webhooks, so the calls
 * that it is held against are those of the same accounts. Pure.
 */
import type { AccountReport, ReplayResult, Report } from "../../domain/Report.js"
import { isReplaced, tunedAway } from "../../domain/Verdict.js"

type AccountCalls = Pick<AccountReport, "account" | "calls" | "callsAfter" | "seldom">

/** The analysis of the replayed accounts. */
export interface ForecastCalls {
  readonly calls: number
  readonly callsAfter: number
  /** Calls that tuning takes from pollers that stay: a replay plays them as they are. */
  readonly tunedAway: number
  /** The share of readings that come more seldom than the window is long: a replay has none of them. */
  readonly seldom: number
  /** Start of its window, ISO 8601. */
  readonly from: string
  /** How many accounts were recorded, and those of them that the replay does not play. */
  readonly accounts: number
  readonly leftOut: ReadonlyArray<AccountCalls>
  /** Whether a poller gives way on one of these as well: there is no simulator of its product. */
  readonly leavesMoving: boolean
}

/** The figures that a report and an analysis have in common. */
export interface Forecasted {
  readonly accounts: ReadonlyArray<AccountCalls>
  readonly pollers: Report["pollers"]
  readonly totals: Pick<Report["totals"], "calls" | "callsAfter">
  /** Of all accounts, as `plan.seldom`. */
  readonly seldom: number
  readonly from: string
}

/** `played`: names of the replayed accounts; those with a poller that gives way where a replay does not name them. */
export const forecastFor = (
  { accounts, from, pollers, seldom, totals }: Forecasted,
  played: ReplayResult["accounts"]
): ForecastCalls => {
  const names = new Set(played ?? pollers.filter(isReplaced).map(({ account }) => account))
  const leftOut = names.size === 0 ? [] : accounts.filter(({ account }) => !names.has(account))
  const without = new Set(leftOut.map(({ account }) => account))
  const sum = (of: (account: AccountCalls) => number): number => leftOut.reduce((all, one) => all + of(one), 0)
  return {
    calls: totals.calls - sum(({ calls }) => calls),
    callsAfter: totals.callsAfter - sum(({ callsAfter }) => callsAfter),
    tunedAway: tunedAway(pollers.filter(({ account }) => !without.has(account))),
    seldom: seldom - sum((one) => one.seldom ?? 0),
    from,
    accounts: accounts.length,
    leftOut,
    leavesMoving: pollers.some((poller) => isReplaced(poller) && without.has(poller.account))
  }
}

const inReport = ({ accounts, plan, pollers, totals, window }: Report): Forecasted => ({
  accounts,
  pollers,
  totals,
  seldom: plan?.seldom ?? 0,
  from: window.from
})

/** A report's figures that its replay is held against. */
export const forecastOf = (report: Report): ForecastCalls => forecastFor(inReport(report), report.replay?.accounts)

/** Those that the modelled days are held against; `null` where the days are of another window. */
export const forecastOfDays = (report: Report): ForecastCalls | null => {
  const { replay, window } = report
  if (replay === null || replay.window.from !== window.from) return null
  return forecastFor(inReport(report), replay.model?.accounts ?? replay.accounts)
}

/** The calls of a replay by the forecast: tuned pollers are played as they are, without readings of every few weeks. */
export const asPlayed = ({ callsAfter, seldom, tunedAway: tuned }: ForecastCalls): number => callsAfter + tuned - seldom

/** "2 of 3 accounts, those with a poller that gives way"; `null` where the replay plays all. */
export const playedPart = ({ accounts, leavesMoving, leftOut }: ForecastCalls): string | null =>
  leftOut.length === 0
    ? null
    : `${accounts - leftOut.length} of ${accounts} accounts, those with ${leavesMoving ? "a simulator and " : ""}a poller that gives way`
