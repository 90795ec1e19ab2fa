/** A thread that makes some of the runs: it gets the accounts once, and shares of the runs until there are none. */
import { parentPort, workerData } from "node:worker_threads"
import type { ModelAccount } from "./ModelAccount.js"
import { statisticsOfRuns } from "./RunStatistics.js"

const accounts = workerData as ReadonlyArray<ModelAccount>
const port = parentPort!

/**
 * Milliseconds after the last run in which the compiler's own threads let go of this one: Node 20 aborts where they
 * have not.
 */
const restMs = 200

port.on("message", (runs: { readonly from: number; readonly to: number } | null) => {
  if (runs === null) setTimeout(() => port.close(), restMs)
  else port.postMessage(statisticsOfRuns(accounts, runs.from, runs.to))
})
