/**
 * Rate-limit headroom: an account's calls by minute, now and after the migration, and the causes of its worst
 * minutes; likewise the calls of endpoints with a limit of their own. Limits by the hour are compared with calls by the
 * hour. Pushes that count as calls are in the figures after the migration. Pure.
 */
import type { Stream } from "../../domain/Call.js"
import { type EndpointName, endpointName } from "../../domain/Endpoint.js"
import { iso } from "../../domain/Figures.js"
import { getOrMake } from "../../domain/Grouping.js"
import { lowerBound, type Recording } from "../../domain/Recording.js"
import type { EndpointLimitUse, RateLimitUse, WorstMinute } from "../../domain/Report.js"
import { convertInterval, type SweepInterval } from "../../domain/SweepInterval.js"
import { isTurn, nextSweepAt } from "../../policy/index.js"
import { type Provider, periodMs, providerOf, type SetLimit } from "../../providers/index.js"
import { callsOf, type DetectedPoller } from "../detection/DetectedPoller.js"
import { type AnalysisSettings, planNameOf } from "../Settings.js"
import { type KnownLimits, knownLimits } from "./KnownLimits.js"
import { type TunedPoller, tunedCalls } from "./TunedSweeps.js"

const minuteMs = 60_000
const worstCount = 5
const causesOfMinute = 3
/** Most points of a chart's line; a longer window shows the busiest minute of each step. */
const mostPoints = 1_440

/** Calls by minute, now and after the migration. */
interface Counted {
  readonly before: Int32Array
  readonly after: Int32Array
}

export interface ChangedPollers {
  readonly replaced: ReadonlyArray<DetectedPoller>
  readonly tuned: ReadonlyArray<Pick<TunedPoller, "poller" | "sweeps">>
}

export interface RemainingCalls {
  /** Calls of a reconciliation sweep that is one of every so many, by the interval of them all in seconds. */
  readonly sweeps: ReadonlyArray<{
    readonly every: SweepInterval
    readonly turns: number
    readonly calls: number
    /** The list that it reads; `null` where that is more than one. */
    readonly endpoint: EndpointName | null
  }>
  /** Moments of changes that each cost a hydration, by the endpoint that gives the entity. */
  readonly hydrations: ReadonlyArray<{ readonly endpoint: EndpointName | null; readonly at: ReadonlyArray<number> }>
  /** Moments of pushes that use the account's limit as calls do. */
  readonly countedPushes: ReadonlyArray<number>
}

/** `recording`: the streams of one account. Without a call there is nothing to tell. */
export const accountLimits = (
  recording: Recording,
  changed: ChangedPollers,
  settings: AnalysisSettings,
  remaining: RemainingCalls
): ReadonlyArray<RateLimitUse> => {
  const [first] = recording.streams
  if (first === undefined) return []
  const { account, product } = first.stream
  const provider = providerOf(product)
  const plan = planNameOf(settings, account, provider)
  const set = settings.limits?.[account] ?? null
  const limits = knownLimits(recording, provider, plan, set)
  const from = Math.floor(settings.window.from / minuteMs)
  const counts = countMinutes(recording, changed, settings.window, remaining, new Set(limits.own.keys()))
  return [
    limitUse({ recording, account, product, plan, set, limits, counts, window: settings.window, from, remaining })
  ]
}

interface MinuteCounts {
  readonly all: Counted
  /** Of the endpoints that were asked for. */
  readonly endpoints: ReadonlyMap<EndpointName, Counted>
  readonly throttled: number
}

const countMinutes = (
  recording: Recording,
  { replaced, tuned }: ChangedPollers,
  window: AnalysisSettings["window"],
  { countedPushes, hydrations, sweeps }: RemainingCalls,
  counted: ReadonlySet<EndpointName>
): MinuteCounts => {
  const from = Math.floor(window.from / minuteMs)
  const minutes = Math.max(1, Math.ceil(window.to / minuteMs) - from)
  const minuteOf = (at: number): number => Math.min(minutes - 1, Math.max(0, Math.floor(at / minuteMs) - from))
  const none = (): Counted => ({ before: new Int32Array(minutes), after: new Int32Array(minutes) })
  const all = none()
  const endpoints = new Map<EndpointName, Counted>()
  /** The account's counts, and the endpoint's where it has a limit of its own. */
  const countsOf = (endpoint: EndpointName | null): ReadonlyArray<Counted> =>
    endpoint === null || !counted.has(endpoint) ? [all] : [all, getOrMake(endpoints, endpoint, none)]
  const countsOfStream = ({ method, template }: Stream) => countsOf(endpointName(method, template))
  let throttled = 0
  for (const { calls, stream } of recording.streams) {
    const counts = countsOfStream(stream)
    for (let row = 0; row < calls.length; row++) {
      const minute = minuteOf(calls.startedAt[row]!)
      for (const { after, before } of counts) {
        before[minute]! += 1
        after[minute]! += 1
      }
      if (calls.status[row] === 429) throttled += 1
    }
  }
  const addAfter = (counts: ReadonlyArray<Counted>, at: number, calls: number): void => {
    for (const { after } of counts) after[minuteOf(at)]! += calls
  }
  for (const poller of replaced)
    for (const { recording: part, row } of callsOf(poller))
      addAfter(countsOfStream(part.stream), part.calls.startedAt[row]!, -1)
  for (const poller of tuned)
    for (const { at, calls, endpoint } of tunedCalls(poller)) addAfter(countsOf(endpoint), at, calls)
  for (const { calls, endpoint, every, turns } of sweeps) {
    const counts = countsOf(endpoint)
    const everyMs = convertInterval(every, (seconds) => seconds * 1_000)
    let nth = 0
    for (let at = window.from; at < window.to; at = nextSweepAt(everyMs, at))
      if (isTurn(nth++, turns)) addAfter(counts, at, calls)
  }
  for (const { at: moments, endpoint } of hydrations) {
    const counts = countsOf(endpoint)
    for (const at of moments) addAfter(counts, at, 1)
  }
  for (const at of countedPushes) addAfter([all], at, 1)
  return { all, endpoints, throttled }
}

const limitUse = ({
  account,
  counts,
  from,
  limits,
  plan,
  product,
  recording,
  remaining,
  set,
  window
}: {
  readonly recording: Recording
  readonly account: string
  readonly product: string | null
  readonly plan: string | null
  readonly set: SetLimit | null
  readonly limits: KnownLimits
  readonly counts: MinuteCounts
  readonly window: AnalysisSettings["window"]
  readonly from: number
  readonly remaining: RemainingCalls
}): RateLimitUse => {
  const provider = providerOf(product)
  const stated = plan === null ? undefined : provider?.plans[plan]
  const byHour = set === null ? countsByHour(provider, plan) : set.period === "hour"
  const { after, before } = counts.all
  const step = Math.ceil(before.length / mostPoints)
  const hourKnown = window.to - window.from >= periodMs.hour
  const endpoints = byHour && !hourKnown ? [] : endpointUses(counts, limits, byHour)
  const pushes = remaining.countedPushes.length
  return {
    account,
    product,
    plan,
    limitPerMinute: byHour
      ? set !== null
        ? null
        : (stated?.besides?.find(({ period }) => period === "minute")?.limit ?? null)
      : limits.account,
    limitPerHour: byHour ? limits.account : null,
    limitFrom: limits.from,
    ...(limits.fittingPlans.length === 0 ? {} : { fittingPlans: limits.fittingPlans }),
    peakPerMinuteBefore: peak(before),
    peakPerMinuteAfter: peak(after),
    peakPerHourBefore: hourKnown ? peak(byHours(before)) : null,
    peakPerHourAfter: hourKnown ? peak(byHours(after)) : null,
    ...(endpoints.length === 0 ? {} : { endpoints }),
    throttled: counts.throttled,
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

/** The tightest first. */
const endpointUses = (
  { endpoints }: MinuteCounts,
  { own }: KnownLimits,
  byHour: boolean
): ReadonlyArray<EndpointLimitUse> => {
  const most = (minutes: Int32Array): number => peak(byHour ? byHours(minutes) : minutes)
  const share = ({ limit, peakAfter, peakBefore }: EndpointLimitUse): number => Math.max(peakBefore, peakAfter) / limit
  return [...endpoints]
    .map(
      ([endpoint, { after, before }]): EndpointLimitUse => ({
        endpoint,
        period: byHour ? "hour" : "minute",
        ...own.get(endpoint)!,
        peakBefore: most(before),
        peakAfter: most(after)
      })
    )
    .sort((one, other) => share(other) - share(one) || (one.endpoint < other.endpoint ? -1 : 1))
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
