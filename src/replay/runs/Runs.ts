/**
 * A thousand days: the runs of one seed, spread over worker threads. Every run has draws of its own, and what the runs
 * came to is added up in whole counts, so that neither the number of threads nor their order changes a byte.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import { roundTo } from "../../domain/Quantiles.js"
import type { Band, LagLine, RunsResult } from "../../domain/Replay.js"
import { type LagCounts, makeLagHistogram } from "../model/LagHistogram.js"
import { quantileOf, scaleOf } from "./Distribution.js"
import { type MetricName, metricNames } from "./Metrics.js"
import type { ModelAccount } from "./ModelAccount.js"
import { makeRunStatistics, mergeRunStatistics, type RunStatistics, statisticsOfRuns } from "./RunStatistics.js"

export interface RunsOptions {
  readonly runs: number
  /** As many as there are cores unless set; 0 makes all runs in this thread. */
  readonly threads?: number
  readonly onProgress?: (share: number) => void
}

/** Runs that a thread makes before it is given more. */
const atOnce = 10

/** Below so many a thread costs more than it saves. */
const worthThreads = 20

/** The first run is the recorded day itself: the band is of the other ones. */
const firstRun = 1

export const makeRuns = async (accounts: ReadonlyArray<ModelAccount>, options: RunsOptions): Promise<RunStatistics> => {
  const { onProgress, runs } = options
  const threads = Math.min(options.threads ?? availableParallelism(), Math.ceil(runs / atOnce))
  const end = firstRun + runs
  if (threads < 1 || runs < worthThreads) {
    let done = 0
    return statisticsOfRuns(accounts, firstRun, end, () => onProgress?.(++done / runs))
  }
  const sum = makeRunStatistics()
  let next = firstRun
  await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(builtEntry("runs-thread.js"), {
        workerData: accounts,
        // Each run leaves some megabytes of columns behind: they are to go at once.
        resourceLimits: { maxYoungGenerationSizeMb: 8 }
      })
      let failed: (error: Error) => void = () => undefined
      worker.on("error", (error) => failed(error))
      try {
        while (next < end) {
          const from = next
          next = Math.min(end, from + atOnce)
          const to = next
          const statistics = await new Promise<RunStatistics>((resolve, reject) => {
            failed = reject
            worker.once("message", resolve)
            worker.postMessage({ from, to })
          })
          mergeRunStatistics(sum, statistics)
          onProgress?.(sum.runs / runs)
        }
      } finally {
        const ended = new Promise((resolve) => worker.once("exit", resolve))
        worker.postMessage(null)
        await ended
      }
    })
  )
  return sum
}

const digitsOf = (name: MetricName): number => (name === "reduction" ? 4 : name.includes("Freshness") ? 2 : 0)

const bandOf = (statistics: RunStatistics, name: MetricName): Band | null => {
  const at = (q: number): number | null => {
    const value = quantileOf(statistics.metrics[name], q)
    return value === null ? null : roundTo(value / scaleOf(name), digitsOf(name))
  }
  const [low, median, high] = [at(0.025), at(0.5), at(0.975)]
  return low === null || median === null || high === null ? null : { low, median, high }
}

const lagsOf = (all: Readonly<Record<string, LagCounts>>): ReadonlyArray<LagLine> =>
  Object.keys(all)
    .sort()
    .flatMap((entity): ReadonlyArray<LagLine> => {
      const lags = makeLagHistogram()
      lags.merge(all[entity]!)
      const at = (q: number): number => roundTo((lags.quantile(q) ?? 0) / 1000, 2)
      return lags.count() === 0
        ? []
        : [
            {
              entity,
              changes: lags.count(),
              p50: at(0.5),
              p95: at(0.95),
              p99: at(0.99),
              p999: at(0.999),
              max: roundTo(lags.max() / 1000, 2)
            }
          ]
    })

/** The bands, for a report. */
export const runsResult = (statistics: RunStatistics, seed: number): RunsResult => ({
  runs: statistics.runs,
  seed,
  failing: statistics.failing,
  bands: Object.fromEntries(metricNames.map((name) => [name, bandOf(statistics, name)])) as RunsResult["bands"],
  webhookLags: lagsOf(statistics.webhookLags),
  pollingLags: lagsOf(statistics.pollingLags)
})
