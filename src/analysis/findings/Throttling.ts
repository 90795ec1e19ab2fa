/** Rules on rate limits: how programs react to refusals, and bursts that cause them. */
import { groupBy } from "../../domain/Grouping.js"
import { endOf, failedAt } from "../../domain/Recording.js"
import { slowDownBelow, slowDownBelowText } from "../../providers/index.js"
import type { PlacedCall } from "../detection/DetectedPoller.js"
import { type Flow, flowsOf } from "./Flows.js"
import { evidenceOf, pairsOf, type Rule, type RuleFinding, times } from "./Rule.js"

interface Refusal {
  readonly call: PlacedCall
  /** Until the next call that began after the refusal; infinite without one. */
  readonly waitedMs: number
  /** `Retry-After`; `null` where the answer had none. */
  readonly askedMs: number | null
}

/** The flow's refused calls (429), each with the pause after it: calls already under way could not heed it. */
const refusalsOf = ({ calls: flow }: Flow): ReadonlyArray<Refusal> => {
  const refusals: Array<Refusal> = []
  for (const [place, call] of flow.entries()) {
    const { calls } = call.recording
    if (calls.status[call.row] !== 429) continue
    const asked = calls.retryAfterSeconds[call.row]!
    const end = endOf(calls, call.row)
    let next = place + 1
    while (next < flow.length && startOf(flow[next]!) < end) next++
    refusals.push({
      call,
      waitedMs: next < flow.length ? startOf(flow[next]!) - end : Number.POSITIVE_INFINITY,
      askedMs: Number.isNaN(asked) ? null : asked * 1_000
    })
  }
  return refusals
}

const startOf = ({ recording, row }: PlacedCall): number => recording.calls.startedAt[row]!

/** A shorter pause is none: the program paid the refusal no heed. */
const noWaitMs = 1_000

const isNoWait = ({ askedMs, waitedMs }: Refusal): boolean => waitedMs < Math.min(noWaitMs, (askedMs ?? noWaitMs) * 0.9)

/** The refused requests of a poller that its sweep never had an answer to; `null` where they cannot be told apart. */
const missingOf = ({ calls: flow }: Flow, refusals: ReadonlyArray<Refusal>): number | null => {
  if (!refusals.every(isNamed)) return null
  const answered = new Map<string, number>()
  for (const call of flow) if (!failedAt(call.recording.calls, call.row)) answered.set(requestOf(call), startOf(call))
  const missing = refusals.filter(({ call }) => !((answered.get(requestOf(call)) ?? -1) > startOf(call)))
  return new Set(missing.map(({ call }) => requestOf(call))).size
}

/** By its page or its subject; not so with cursors, where all pages of a sweep look the same. */
const isNamed = ({ call: { recording, row } }: Refusal): boolean =>
  recording.calls.page[row]! > 0 || recording.calls.subject[row]! >= 0

const requestOf = ({ recording: { calls, stream }, row, sweep }: PlacedCall): string =>
  `${sweep} ${stream.id} ${calls.page[row]} ${calls.subject[row]}`

export const throttlingIgnored: Rule = {
  id: "throttling-ignored",
  severity: "error",
  title: "Goes on at once after a 429",
  find: ({ detection }) =>
    [...flowsOf(detection)].flatMap((flow): ReadonlyArray<RuleFinding> => {
      const refusals = refusalsOf(flow)
      const ignored = refusals.filter(isNoWait)
      if (ignored.length < flow.fewest) return []
      return [
        {
          ...flow.subject,
          message: `${flow.name} was refused ${times(refusals.length)} (429) and went on at once ${times(ignored.length)}: ${costOf(flow, ignored)}others on the account pay for it`,
          consequence: { calls: ignored.length, seconds: null },
          fix: "wait for Retry-After before the next call, then ask for the refused page again",
          evidence: evidenceOf(ignored.map(({ call }) => call))
        }
      ]
    })
}

/** Only of a poller is it known whether a sweep had what it asked for. */
const costOf = (flow: Flow, ignored: ReadonlyArray<Refusal>): string => {
  if (flow.subject.pollerId === null) return ""
  const missing = missingOf(flow, ignored)
  if (missing === null) return ""
  if (missing === 0) return "each page came in the end, and "
  return `${missing === 1 ? "one page is" : `${missing.toLocaleString("en-US")} pages are`} missing from its sweeps, and `
}

export const retryAfterCutShort: Rule = {
  id: "retry-after-cut-short",
  severity: "warning",
  title: "Waits less than Retry-After says",
  find: ({ detection }) =>
    [...flowsOf(detection)].flatMap((flow): ReadonlyArray<RuleFinding> => {
      const short = refusalsOf(flow).filter(
        (refusal) => !isNoWait(refusal) && refusal.askedMs !== null && refusal.waitedMs < refusal.askedMs * 0.9
      )
      if (short.length < flow.fewest) return []
      const missing = short.reduce((sum, { askedMs, waitedMs }) => sum + askedMs! - waitedMs, 0) / 1_000
      return [
        {
          ...flow.subject,
          message: `${flow.name} was told by Retry-After how long to wait and came back too early ${times(short.length)}, by ${Math.round(missing / short.length)} s on average: such a call is refused again and counts against the limit`,
          consequence: { calls: short.length, seconds: Math.round(missing) },
          fix: "sleep for the whole Retry-After, and a little jitter",
          evidence: evidenceOf(short.map(({ call }) => call))
        }
      ]
    })
}

/** Fewest calls at full pace with little of the limit left. */
const fewestLow = 3

export const noSlowDown: Rule = {
  id: "no-slow-down",
  severity: "warning",
  title: "Does not slow down when the limit runs low",
  find: ({ detection }) =>
    [...flowsOf(detection)].flatMap((flow): ReadonlyArray<RuleFinding> => {
      const fast: Array<PlacedCall> = []
      for (const [call, next] of pairsOf(flow.calls)) {
        // Between sweeps the timer paces the calls, within one the program does.
        if (call.sweep !== next.sweep) continue
        const { calls } = call.recording
        const [remaining, total] = [calls.limitRemaining[call.row]!, calls.limitTotal[call.row]!]
        if (remaining < 0 || total <= 0 || calls.status[call.row] === 429 || remaining >= total * slowDownBelow)
          continue
        if (startOf(next) - endOf(calls, call.row) < noWaitMs) fast.push(call)
      }
      if (fast.length < fewestLow) return []
      return [
        {
          ...flow.subject,
          message: `${flow.name} went on at full pace ${times(fast.length)} with less than ${slowDownBelowText} of the limit left: it drives the account into refusals that hit everybody`,
          consequence: { calls: fast.length, seconds: null },
          fix: `spread the calls over what is left of the minute once X-RateLimit-Remaining falls below ${slowDownBelowText} of X-RateLimit-Total`,
          evidence: evidenceOf(fast)
        }
      ]
    })
}

const minuteMs = 60_000
/** A sweep that begins this soon after the full minute was started by a cron-like schedule. */
const atMinuteMs = 2_000
const shareAtMinute = 0.8
const fewestAligned = 3

export const burstAtFullMinute: Rule = {
  id: "burst-at-full-minute",
  severity: "info",
  title: "Several pollers start at the full minute",
  find: ({ detection }) =>
    [...groupBy(detection.pollers, ({ stream }) => stream.account)].flatMap(
      ([account, here]): ReadonlyArray<RuleFinding> => {
        const aligned = here.filter(({ sweeps }) => {
          const at = sweeps.filter(({ startedAt }) => startedAt % minuteMs < atMinuteMs).length
          return at >= sweeps.length * shareAtMinute
        })
        if (aligned.length < fewestAligned) return []
        const perMinute = new Map<number, number>()
        for (const { sweeps } of aligned)
          for (const sweep of sweeps) {
            const minute = Math.floor(sweep.startedAt / minuteMs)
            perMinute.set(minute, (perMinute.get(minute) ?? 0) + sweep.pages + sweep.detailCalls)
          }
        const most = Math.max(...perMinute.values())
        const calls = aligned.map(({ own }): PlacedCall => ({ recording: own.recording, row: 0, sweep: 0 }))
        return [
          {
            pollerId: null,
            about: [account],
            message: `${aligned.length} pollers of ${account} start within ${atMinuteMs / 1_000} s of the full minute, together up to ${most} calls: ${[...new Set(aligned.map(({ stream }) => stream.integration))].join(", ")}`,
            consequence: { calls: most, seconds: null },
            fix: "give each job an offset of its own within the minute, or a random delay at its start",
            evidence: evidenceOf(calls)
          }
        ]
      }
    )
}
