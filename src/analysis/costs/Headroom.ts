/**
 * Rate-limit headroom: an account's calls by minute, now and after the migration, and the causes of its worst
 * minutes. Limits by the hour are compared with calls by the hour. Pushes that count as calls are in the figures after
 * the migration. Pure.
 */
import { endpointName } from "../../domain/Endpoint.js"
import { iso } from "../../domain/Figures.js"
import { lowerBound, type Recording } from "../../domain/Recording.js"
import type { RateLimitUse, WorstMinute } from "../../domain/Report.js"
import { convertInterval, type SweepInterval } from "../../domain/SweepInterval.js"
import { isTurn, nextSweepAt } from "../../policy/index.js"
import { type Provider, periodMs, providerOf } from "../../providers/index.js"
import { callsOf, type DetectedPoller } from "../detection/DetectedPoller.js"
import type { AnalysisSettings } from "../Settings.js"

const minuteMs = 60_000
const worstCount = 5
const causesOfMinute = 3
/** Most points of a chart's line; a longer window shows the busiest minute of each step. */
const mostPoints = 1_440

interface Use {
  readonly product: string | null
  readonly before: Int32Array
  readonly after: Int32Array
  throttled: number
  limit: number | null
  pushes: number
}

export const accountLimits = (
  recording: Recording,
  replaced: ReadonlyArray<DetectedPoller>,
  settings: AnalysisSettings,
  /** Of the account: the calls of the webhook path. */
  remaining: RemainingCalls
): ReadonlyArray<RateLimitUse> => {
  const from = Math.floor(settings.window.from / minuteMs)
  const minutes = Math.max(1, Math.ceil(settings.window.to / minuteMs) - from)
  const minuteOf = (at: number): number => Math.min(minutes - 1, Math.max(0, Math.floor(at / minuteMs) - from))
  const accounts = new Map<string, Use>()
  for (const { calls, stream } of recording.streams) {
    let use = accounts.get(stream.account)
    if (use === undefined) {
      use = {
        product: stream.product,
        before: new Int32Array(minutes),
        after: new Int32Array(minutes),
        throttled: 0,
        limit: null,
        pushes: 0
      }
      accounts.set(stream.account, use)
    }
    for (let row = 0; row < calls.length; row++) {
      const minute = minuteOf(calls.startedAt[row]!)
      use.before[minute]! += 1
      use.after[minute]! += 1
      if (calls.status[row] === 429) use.throttled += 1
      // Endpoints with a limit of their own report that: the account's limit is the largest.
      const limit = calls.limitTotal[row]!
      if (limit >= 0 && (use.limit === null || limit > use.limit)) use.limit = limit
    }
  }
  for (const poller of replaced) {
    const { after } = accounts.get(poller.stream.account)!
    for (const { recording: part, row } of callsOf(poller)) after[minuteOf(part.calls.startedAt[row]!)]! -= 1
  }
  // All of one account.
  const [use] = accounts.values()
  if (use !== undefined) {
    const { countedPushes, pushedAt, sweeps } = remaining
    for (const { calls, every, turns } of sweeps) {
      const everyMs = convertInterval(every, (seconds) => seconds * 1_000)
      let nth = 0
      for (let at = settings.window.from; at < settings.window.to; at = nextSweepAt(everyMs, at))
        if (isTurn(nth++, turns)) use.after[minuteOf(at)]! += calls
    }
    for (const at of [...pushedAt, ...countedPushes]) use.after[minuteOf(at)]! += 1
    use.pushes = countedPushes.length
  }
  return [...accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, use]) => limitUse(recording, account, use, settings, from))
}

export interface RemainingCalls {
  /** Calls of a reconciliation sweep that is one of every so many, by the interval of them all in seconds. */
  readonly sweeps: ReadonlyArray<{ readonly every: SweepInterval; readonly turns: number; readonly calls: number }>
  /** Moments of changes that cost a hydration. */
  readonly pushedAt: ReadonlyArray<number>
  /** Moments of pushes that use the account's limit as calls do. */
  readonly countedPushes: ReadonlyArray<number>
}

const limitUse = (
  recording: Recording,
  account: string,
  { after, before, limit, product, pushes, throttled }: Use,
  settings: AnalysisSettings,
  from: number
): RateLimitUse => {
  const plan = settings.plans[account] ?? null
  const provider = providerOf(product)
  const stated = plan === null ? undefined : provider?.plans[plan]
  const byHour = countsByHour(provider, plan)
  // The provider's headers override the configured plan.
  const most = limit ?? stated?.limit ?? null
  const step = Math.ceil(before.length / mostPoints)
  const hourKnown = settings.window.to - settings.window.from >= periodMs.hour
  return {
    account,
    product,
    plan,
    limitPerMinute: byHour ? (stated?.besides?.find(({ period }) => period === "minute")?.limit ?? null) : most,
    limitPerHour: byHour ? most : null,
    limitFrom: limit !== null ? "headers" : stated === undefined ? null : "plan",
    peakPerMinuteBefore: peak(before),
    peakPerMinuteAfter: peak(after),
    peakPerHourBefore: hourKnown ? peak(byHours(before)) : null,
    peakPerHourAfter: hourKnown ? peak(byHours(after)) : null,
    throttled,
    ...(pushes === 0 ? {} : { pushes }),
    worstMinutes: worstMinutes(recording, account, before, after, from),
    minutes: {
      from: iso(from * minuteMs),
      stepMinutes: step,
      before: busiestOf(before, step),
      after: busiestOf(after, step)
    }
  }
}

const countsByHour = (provider: Provider | null, plan: string | null): boolean =>
  ((plan === null ? undefined : provider?.plans[plan]) ?? Object.values(provider?.plans ?? {})[0])?.period === "hour"

const peak = (counts: ArrayLike<number>): number => {
  let most = 0
  for (let at = 0; at < counts.length; at++) most = Math.max(most, counts[at]!)
  return most
}

const byHours = (minutes: Int32Array): Int32Array => {
  const hours = new Int32Array(Math.ceil(minutes.length / 60))
  for (let minute = 0; minute < minutes.length; minute++) hours[Math.floor(minute / 60)]! += minutes[minute]!
  return hours
}

const busiestOf = (minutes: Int32Array, step: number): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(minutes.length / step) }, (_, at) =>
    peak(minutes.subarray(at * step, (at + 1) * step))
  )

/** The busiest minutes, each with the integrations and endpoints that made most of its calls. */
const worstMinutes = (
  recording: Recording,
  account: string,
  before: Int32Array,
  after: Int32Array,
  from: number
): ReadonlyArray<WorstMinute> => {
  const order = Array.from(before.keys())
    .filter((minute) => before[minute]! > 0)
    .sort((a, b) => before[b]! - before[a]! || a - b)
    .slice(0, worstCount)
  const causes = new Map(
    order.map((minute) => [minute, new Map<string, { integration: string; endpoint: string; calls: number }>()])
  )
  for (const { calls, stream } of recording.streams) {
    if (stream.account !== account) continue
    for (const minute of order) {
      const start = (from + minute) * minuteMs
      const count = lowerBound(calls.startedAt, start + minuteMs) - lowerBound(calls.startedAt, start)
      if (count === 0) continue
      const endpoint = endpointName(stream.method, stream.template)
      const key = `${stream.integration} ${endpoint}`
      const known = causes.get(minute)!.get(key)
      if (known === undefined) causes.get(minute)!.set(key, { integration: stream.integration, endpoint, calls: count })
      else known.calls += count
    }
  }
  return order.map((minute) => ({
    at: iso((from + minute) * minuteMs),
    before: before[minute]!,
    after: after[minute]!,
    causes: [...causes.get(minute)!.values()]
      .sort((a, b) => b.calls - a.calls || (a.integration + a.endpoint < b.integration + b.endpoint ? -1 : 1))
      .slice(0, causesOfMinute)
  }))
}
