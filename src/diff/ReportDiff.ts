/**
 * The diff of two reports, such as before and after a cut-over. Windows may differ in length, so calls are counted by
 * the day. Pollers and findings are matched by name, so the reports may come from different databases. Pure.
 */
import { emptyShareOf } from "../domain/EmptySweeps.js"
import type { Finding } from "../domain/Finding.js"
import { groupBy } from "../domain/Grouping.js"
import type { PollerAssessment } from "../domain/Poller.js"
import { roundTo, type Spread } from "../domain/Quantiles.js"
import type { Report } from "../domain/Report.js"

/** A figure in both reports. */
export interface BeforeAfter<Value> {
  readonly before: Value
  readonly after: Value
}

export interface PollerDiff {
  readonly account: string
  readonly integration: string
  readonly endpoint: string
  readonly query: string
  /** `null` on the side that lacks the poller. */
  readonly callsPerDay: BeforeAfter<number | null>
  readonly intervalSeconds: BeforeAfter<number | null>
  /** Share of sweeps without a new item version; also `null` where bodies are unknown. */
  readonly emptyShare: BeforeAfter<number | null>
  readonly freshnessSeconds: BeforeAfter<Spread | null>
}

export interface RateLimitDiff {
  readonly account: string
  readonly peakPerMinute: BeforeAfter<number | null>
  readonly throttledPerDay: BeforeAfter<number | null>
}

export interface ReportDiff {
  readonly schemaVersion: 1
  readonly windows: BeforeAfter<Report["window"]>
  readonly callsPerDay: BeforeAfter<number>
  readonly pollingCallsPerDay: BeforeAfter<number>
  /** 1 − calls a day after / before; `null` where there were none before. */
  readonly reduction: number | null
  readonly throttledPerDay: BeforeAfter<number>
  readonly pollers: {
    readonly gone: ReadonlyArray<PollerDiff>
    readonly appeared: ReadonlyArray<PollerDiff>
    /** Interval or calls a day differ by more than `notable`. */
    readonly changed: ReadonlyArray<PollerDiff>
    readonly unchanged: number
  }
  readonly findings: {
    readonly gone: ReadonlyArray<Finding>
    readonly appeared: ReadonlyArray<Finding>
    readonly stayed: number
  }
  readonly rateLimits: ReadonlyArray<RateLimitDiff>
  /** Subscriptions that are new or changed state. */
  readonly subscriptions: ReadonlyArray<{
    readonly account: string
    readonly event: string
    readonly state: BeforeAfter<string | null>
  }>
}

const daySeconds = 86_400
/** Relative differences up to this are noise between two windows. */
const notable = 0.1

const perDay = (calls: number, { window }: Report): number =>
  window.seconds === 0 ? 0 : roundTo((calls * daySeconds) / window.seconds, 1)

interface Matched<One> {
  readonly before: One | null
  readonly after: One | null
}

/** Matches by name; entries that share a name are matched in order. */
const matched = <One>(
  before: ReadonlyArray<One>,
  after: ReadonlyArray<One>,
  nameOf: (one: One) => string
): ReadonlyArray<Matched<One>> => {
  const named = [groupBy(before, nameOf), groupBy(after, nameOf)] as const
  return [...new Set([...named[0].keys(), ...named[1].keys()])].flatMap((name) => {
    const [then, now] = [named[0].get(name) ?? [], named[1].get(name) ?? []]
    return Array.from({ length: Math.max(then.length, now.length) }, (_, at) => ({
      before: then[at] ?? null,
      after: now[at] ?? null
    }))
  })
}

const pollerName = ({ account, endpoint, integration, query }: PollerAssessment): string =>
  JSON.stringify([account, integration, endpoint, query])

const emptyShare = (poller: PollerAssessment | null): number | null => {
  const share = poller === null ? null : emptyShareOf(poller)
  return share === null ? null : roundTo(share, 4)
}

const diffPoller = ({ after, before }: Matched<PollerAssessment>, reports: BeforeAfter<Report>): PollerDiff => {
  const { account, endpoint, integration, query } = (after ?? before)!
  const both = <Value>(of: (poller: PollerAssessment | null, report: Report) => Value): BeforeAfter<Value> => ({
    before: of(before, reports.before),
    after: of(after, reports.after)
  })
  return {
    account,
    integration,
    endpoint,
    query,
    callsPerDay: both((poller, report) => (poller === null ? null : perDay(poller.calls, report))),
    intervalSeconds: both((poller) => poller?.intervalSeconds ?? null),
    emptyShare: both(emptyShare),
    freshnessSeconds: both((poller) => poller?.freshnessSeconds ?? null)
  }
}

const differs = ({ after, before }: BeforeAfter<number | null>): boolean =>
  Math.abs((after ?? 0) - (before ?? 0)) > notable * Math.max(after ?? 0, before ?? 0)

const diffPollers = (reports: BeforeAfter<Report>): ReportDiff["pollers"] => {
  const pairs = matched(reports.before.pollers, reports.after.pollers, pollerName)
  const diffed = (some: ReadonlyArray<Matched<PollerAssessment>>) => some.map((pair) => diffPoller(pair, reports))
  const stayed = diffed(pairs.filter(({ after, before }) => after !== null && before !== null))
  const changed = stayed.filter(({ callsPerDay, intervalSeconds }) => differs(callsPerDay) || differs(intervalSeconds))
  return {
    gone: diffed(pairs.filter(({ after }) => after === null)),
    appeared: diffed(pairs.filter(({ before }) => before === null)),
    changed,
    unchanged: stayed.length - changed.length
  }
}

const diffFindings = ({ after, before }: BeforeAfter<Report>): ReportDiff["findings"] => {
  const pairs = matched(before.findings, after.findings, ({ fingerprint }) => fingerprint)
  return {
    gone: pairs.flatMap((pair) => (pair.after === null ? [pair.before!] : [])),
    appeared: pairs.flatMap((pair) => (pair.before === null ? [pair.after!] : [])),
    stayed: pairs.filter((pair) => pair.before !== null && pair.after !== null).length
  }
}

export const diffReports = (before: Report, after: Report): ReportDiff => {
  const reports = { before, after }
  const both = <Value>(of: (report: Report) => Value): BeforeAfter<Value> => ({ before: of(before), after: of(after) })
  const callsPerDay = both((report) => perDay(report.totals.calls, report))
  return {
    schemaVersion: 1,
    windows: both(({ window }) => window),
    callsPerDay,
    pollingCallsPerDay: both((report) => perDay(report.totals.pollingCalls, report)),
    reduction: callsPerDay.before === 0 ? null : roundTo(1 - callsPerDay.after / callsPerDay.before, 4),
    throttledPerDay: both((report) => perDay(report.totals.throttled, report)),
    pollers: diffPollers(reports),
    findings: diffFindings(reports),
    rateLimits: matched(before.rateLimits, after.rateLimits, ({ account }) => account).map((pair) => ({
      account: (pair.after ?? pair.before)!.account,
      peakPerMinute: {
        before: pair.before?.peakPerMinuteBefore ?? null,
        after: pair.after?.peakPerMinuteBefore ?? null
      },
      throttledPerDay: {
        before: pair.before === null ? null : perDay(pair.before.throttled, before),
        after: pair.after === null ? null : perDay(pair.after.throttled, after)
      }
    })),
    subscriptions: matched(before.subscriptions, after.subscriptions, (one) =>
      JSON.stringify([one.account, one.event, one.route])
    )
      .map((pair) => ({
        account: (pair.after ?? pair.before)!.account,
        event: (pair.after ?? pair.before)!.event,
        state: { before: pair.before?.state ?? null, after: pair.after?.state ?? null }
      }))
      .filter(({ state }) => state.before !== state.after)
  }
}
