/**
 * Confidence interval of the reduction. The window is cut into blocks of equal length; the scatter of their calls,
 * before and after, stands for the scatter between recordings. Pure.
 */
import type { Interval } from "../../domain/Poller.js"
import { roundEach } from "../../domain/Quantiles.js"
import type { Recording } from "../../domain/Recording.js"
import type { MigrationCosts } from "../costs/MigrationCosts.js"
import type { TunedPoller } from "../costs/TunedSweeps.js"
import { callsOf, type DetectedPoller } from "../detection/DetectedPoller.js"
import { reductionInterval } from "../estimates/ConfidenceIntervals.js"
import type { AnalysisSettings } from "../Settings.js"

const mostBlocks = 24
/** A block holds at least one reconciliation; fewer blocks give no interval. */
const fewestBlocks = 3

/** Calls of one block of the window: as recorded, and on the webhook path. */
export interface Block {
  readonly before: number
  readonly after: number
}

/** Of one account; `null` where the window is too short for blocks. */
export const callsByBlock = (
  recording: Recording,
  replaced: ReadonlyArray<DetectedPoller>,
  /** Those that stay and are tuned, each with the share of its calls that goes. */
  tuned: ReadonlyArray<Pick<TunedPoller, "poller" | "saved">>,
  costs: MigrationCosts,
  { reconcileSeconds, window }: AnalysisSettings
): ReadonlyArray<Block> | null => {
  const span = window.to - window.from
  const blocks = Math.min(mostBlocks, Math.floor(span / (reconcileSeconds * 1_000)))
  if (blocks < fewestBlocks) return null
  const blockOf = (at: number): number =>
    Math.min(blocks - 1, Math.max(0, Math.floor(((at - window.from) / span) * blocks)))
  const before = new Float64Array(blocks)
  const after = new Float64Array(blocks)
  for (const { calls } of recording.streams) {
    for (let row = 0; row < calls.length; row++) {
      const block = blockOf(calls.startedAt[row]!)
      before[block]! += 1
      after[block]! += 1
    }
  }
  for (const poller of replaced)
    for (const { recording: part, row } of callsOf(poller)) after[blockOf(part.calls.startedAt[row]!)]! -= 1
  for (const { poller, saved } of tuned)
    for (const { recording: part, row } of callsOf(poller)) after[blockOf(part.calls.startedAt[row]!)]! -= saved
  const { hydration, reconciliation, upkeep } = costs
  if (reconciliation + hydration + upkeep > 0) {
    // Sweeps are spread evenly; hydrations follow the yield of the polls.
    for (let block = 0; block < blocks; block++) after[block]! += (reconciliation + upkeep) / blocks
    const news = newsByBlock(replaced, blocks, blockOf)
    const all = news.reduce((sum, one) => sum + one, 0)
    for (let block = 0; block < blocks; block++)
      after[block]! += hydration * (all === 0 ? 1 / blocks : news[block]! / all)
  }
  return Array.from(before, (calls, block) => ({ before: calls, after: after[block]! }))
}

/** Of all accounts together: they share the window. */
export const reductionIntervalOf = (accounts: ReadonlyArray<ReadonlyArray<Block> | null>): Interval | null => {
  const known = accounts.filter((blocks) => blocks !== null)
  const [first] = known
  if (first === undefined) return null
  const sumAt = (at: number, part: keyof Block) => known.reduce((sum, blocks) => sum + blocks[at]![part], 0)
  const blocks = first.map((_, at): Block => ({ before: sumAt(at, "before"), after: sumAt(at, "after") }))
  return roundEach(reductionInterval(blocks), 4)
}

const newsByBlock = (
  pollers: ReadonlyArray<DetectedPoller>,
  blocks: number,
  blockOf: (at: number) => number
): Float64Array => {
  const news = new Float64Array(blocks)
  for (const { sweeps } of pollers) for (const sweep of sweeps) news[blockOf(sweep.startedAt)]! += sweep.yield ?? 0
  return news
}
