/** A thread that makes some of the runs: it gets the accounts once, and shares of the runs until there are none. */
import { parentPort, workerData } from "node:worker_threads"
import type { ModelAccount } from "./ModelAccount.js"
import { tallyRuns } from "./Tally.js"

const accounts = workerData as ReadonlyArray<ModelAccount>
const port = parentPort!

port.on("message", ({ from, to }: { readonly from: number; readonly to: number }) =>
  port.postMessage(tallyRuns(accounts, from, to))
)
