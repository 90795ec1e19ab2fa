/**
 * Holds what hookshift told of an account against the truth: one row, with all that was off. Knows no more than the
 * evidence.
 */
import type { PollerAssessment } from "../../src/domain/Poller.js"
import type { ReplayResult } from "../../src/domain/Report.js"
import type { ShadowedPoller } from "../../src/shadow/index.js"
import { wordsOf } from "./Account.js"
import type { CallCount, Evidence } from "./Evidence.js"
import { notHeld, rank, sweepStarts, trueCoverage, trueLags, trueLoss, trueRate } from "./Truth.js"

export type Kind =
  | "calls"
  | "exit"
  | "poller"
  | "coverage"
  | "lag"
  | "rate"
  | "model"
  | "wire"
  | "forecast"
  | "shadow"
  | "held"

export interface Off {
  readonly kind: Kind
  readonly why: string
}

/** A stated interval, which may miss the truth in 5 of 100. */
export interface Stated {
  readonly kind: "coverage" | "rate"
  readonly holds: boolean
  readonly why: string
}

export interface Row {
  readonly seed: number
  readonly product: string
  readonly programs: string
  readonly calls: number
  /** Pushes that were made and lost while both ways ran. */
  readonly pushes: number
  readonly lost: number
  readonly forecastApart: number | null
  readonly stated: ReadonlyArray<Stated>
  readonly off: ReadonlyArray<Off>
}

const round = (value: number): string => String(Math.round(value * 1_000) / 1_000)
/** Stamps of whole seconds tell a moment to half a second, and figures are rounded. */
const stampSeconds = 0.65
const forecastShare = 0.01

const callsOff = ({ counted, recorded }: Evidence): ReadonlyArray<Off> => {
  const named = ({ endpoint, method, status }: CallCount) => `${method} ${endpoint} ${status}`
  const sums = (lines: ReadonlyArray<CallCount>) => {
    const counts = new Map<string, number>()
    for (const line of lines) counts.set(named(line), (counts.get(named(line)) ?? 0) + line.count)
    return counts
  }
  const [truth, told] = [sums(counted), sums(recorded)]
  return [...new Set([...truth.keys(), ...told.keys()])].flatMap((name) =>
    (truth.get(name) ?? 0) === (told.get(name) ?? 0)
      ? []
      : [{ kind: "calls" as const, why: `${name}: ${truth.get(name) ?? 0} were made, ${told.get(name) ?? 0} recorded` }]
  )
}

const replayOff = (kind: "model" | "wire", replay: ReplayResult | null): ReadonlyArray<Off> => {
  if (replay === null) return [{ kind, why: "no replay" }]
  const { parity, webhook } = replay
  if (parity.equal && webhook.missed === 0) return []
  return [{ kind, why: `${parity.differences.length} differences, ${webhook.missed} of ${replay.changes} missed` }]
}

/** The endpoint's last words, which its template ends with as well. */
const isListOf = (
  programme: Evidence["programs"][number],
  { endpoint, integration }: Pick<PollerAssessment, "endpoint" | "integration">
) => integration === programme.plan.name && endpoint === `GET ${programme.plan.way.path.replace("{view}", "{id}")}`

const everyEvent = (truth: Evidence["truth"]): ReadonlyArray<string> =>
  [...new Set(truth.map(({ entity }) => entity))].flatMap((entity) =>
    ["create", "update", "delete"].map((action) => `${entity}_${action}`)
  )

const pollerOff = (evidence: Evidence, events: ReadonlyArray<string>) => {
  const off: Array<Off> = []
  const stated: Array<Stated> = []
  const { recordedTo: until, truth } = evidence
  for (const programme of evidence.programs) {
    const { detail, name, way } = programme.plan
    const starts = sweepStarts(programme, until)
    const found = (evidence.audit.json?.pollers ?? []).filter((poller) => isListOf(programme, poller))
    const [poller] = found
    if (poller === undefined || found.length > 1) {
      if (starts.length >= 4)
        off.push({ kind: "poller", why: `${name}: ${starts.length} sweeps are ${found.length} pollers` })
      continue
    }
    if (Math.abs(poller.sweeps - starts.length) > Math.max(1, starts.length * 0.01))
      off.push({ kind: "poller", why: `${name}: ${starts.length} sweeps, ${poller.sweeps} told` })

    const lags = trueLags(programme, truth, until)
    if (lags.length > 0) {
      const p50 = rank(lags, 0.5)
      const told = poller.freshnessSeconds?.p50
      const { high, low } = poller.freshnessInterval ?? { low: told ?? Number.NaN, high: told ?? Number.NaN }
      if (!(p50 >= low - stampSeconds && p50 <= high + stampSeconds))
        off.push({
          kind: "lag",
          why: `${name}: median ${round(p50)} s of ${lags.length}, told ${told} (${low} to ${high})`
        })
    }

    const said = poller.coverageByRoute[0]
    // What is told of one that stays is what its events would push, were they subscribed to.
    const planned = poller.events.length > 0 ? events : everyEvent(evidence.truth)
    const covered = trueCoverage(programme, evidence, planned, until)
    if (covered.changes > 0 && said?.interval != null) {
      const share = covered.pushed / covered.changes
      const { high, low } = said.interval
      stated.push({
        kind: "coverage",
        holds: share >= low - 1e-9 && share <= high + 1e-9,
        why: `${name}: ${covered.pushed} of ${covered.changes} pushed (${round(share)}), told ${round(said.share ?? Number.NaN)} (${round(low)} to ${round(high)})`
      })
    }

    if (poller.changeRate !== null && starts.length >= 2 && detail?.each === undefined) {
      const rate = trueRate(truth, way.entity, starts[0]!, starts.at(-1)!)
      const { high, low } = poller.changeRate.perHourInterval
      stated.push({
        kind: "rate",
        holds: rate >= low && rate <= high,
        why: `${name}: ${round(rate)} an hour, told ${round(poller.changeRate.perHour)} (${round(low)} to ${round(high)})`
      })
    }
  }
  return { off, stated }
}

const lineOff = (evidence: Evidence, line: ShadowedPoller): ReadonlyArray<Off> => {
  const programme = evidence.programs.find(({ plan }) => plan.name === line.integration)
  if (programme === undefined) return [{ kind: "shadow", why: `${line.integration} is no program` }]
  if (line.from === null) return []
  const how = isListOf(programme, line) ? "list" : "detail"
  const truth = trueLoss(
    programme,
    evidence.truth,
    evidence.sideBySide!,
    how,
    line.entity,
    Date.parse(line.from),
    Date.parse(line.to)
  )
  const name = `${line.integration} ${line.entity}`
  const invented = line.examples.filter(
    ({ entityId, updatedAt }) => !truth.lost.has(`${entityId} ${Date.parse(updatedAt)}`)
  )
  if (line.lost > truth.lost.size || invented.length > 0)
    return [
      {
        kind: "shadow",
        why: `${name}: ${truth.lost.size} lost, told ${line.lost} of ${line.changes}${invented.map(({ entityId, updatedAt }) => `, not lost: ${entityId} of ${updatedAt}`).join("")}`
      }
    ]
  if (line.lost < truth.plain)
    return [
      {
        kind: "shadow",
        why: `${name}: ${truth.lost.size} lost (${truth.plain} plain to see), told ${line.lost}, ${line.unclear} unclear, of ${line.changes}`
      }
    ]
  return []
}

const shadowOff = (evidence: Evidence): ReadonlyArray<Off> => {
  const { sideBySide } = evidence
  if (sideBySide === null) return []
  const { json, stderr } = sideBySide.shadow
  if (json === null) return [{ kind: "shadow", why: `shadow failed: ${stderr.trim()}` }]
  return json.pollers.flatMap((line) => lineOff(evidence, line))
}

/** The rarest reading that can bring a change: every sixth sweep, for what is found only by walking. */
const sweepsUntilHeld = 7

const heldOff = (evidence: Evidence): ReadonlyArray<Off> => {
  const { account, sideBySide, truth } = evidence
  if (sideBySide === null) return []
  const walks = account.product === "freshchat" ? sweepsUntilHeld : 2
  const missing = notHeld(truth, sideBySide, walks * account.reconcileSeconds * 1_000 + 120_000)
  if (missing.length === 0) return []
  const [first] = missing
  return [
    {
      kind: "held",
      why: `${missing.length} changes reached the receiver by no way, the first ${first!.entity} ${first!.id} (${first!.action} ${first!.fields.join(" ")})`
    }
  ]
}

export const rowOf = (evidence: Evidence): Row => {
  const { account, audit, counted, model, sideBySide } = evidence
  const report = audit.json
  const events = report?.subscriptions.map(({ event }) => event) ?? []
  const pollers = pollerOff(evidence, events)
  const off: Array<Off> = [...callsOff(evidence), ...pollers.off]
  if (report === null || audit.code !== 0)
    off.push({ kind: "exit", why: `audit ended with ${audit.code}: ${audit.stderr.trim().slice(-300)}` })
  const made = counted.reduce((sum, { count }) => sum + count, 0)
  if (report !== null && report.totals.calls !== made)
    off.push({ kind: "calls", why: `${made} were made, ${report.totals.calls} reported` })
  let forecastApart: number | null = null
  if (events.length > 0 && report !== null) {
    off.push(...replayOff("model", model.json))
    // Nothing stands in for a provider that only a description knows: the model is its only replay.
    if (account.product !== "shop") off.push(...replayOff("wire", report.replay))
    const replayed = account.product === "shop" ? model.json?.webhook.calls : report.replay?.webhook.calls
    if (replayed !== undefined) {
      forecastApart = (report.totals.callsAfter - replayed) / report.totals.calls
      if (Math.abs(forecastApart) > forecastShare)
        off.push({
          kind: "forecast",
          why: `${report.totals.callsAfter} of ${report.totals.calls} calls forecast, ${replayed} replayed`
        })
    }
  }
  off.push(...shadowOff(evidence), ...heldOff(evidence))
  const outcomes = sideBySide?.outcomes ?? []
  return {
    seed: account.seed,
    product: `${account.product}${account.route === "app" ? "" : ` (${account.route})`}`,
    programs: wordsOf(account),
    calls: made,
    pushes: outcomes.length,
    lost: outcomes.filter(({ outcome }) => outcome === "dropped").length,
    forecastApart,
    stated: pollers.stated,
    off
  }
}
