/** The day of the programs through the mirror, from the window's start until all have swept once more behind it. */
import { join } from "node:path"
import type { MirroredPollers } from "./MirrorPath.js"
import { startMirrors } from "./MirrorPath.js"
import { type ReplayOptions, runTelling } from "./Replay.js"
import { startReplayEnvironment } from "./ReplayEnvironment.js"
import { startWebhookPath } from "./WebhookPath.js"

export const replayThroughMirror = async (options: ReplayOptions, pollers: MirroredPollers, folder: string) => {
  const { faults, from, plans, seed, to } = options
  const environment = await startReplayEnvironment(options.startProviderPort, { from, changesUntil: to, seed, faults })
  const outage =
    faults.outageSeconds > 0
      ? {
          from: from + faults.outageAfterSeconds * 1000,
          to: from + (faults.outageAfterSeconds + faults.outageSeconds) * 1000
        }
      : null
  const db = join(folder, "mirror.db")
  const path = await startWebhookPath(environment, {
    db,
    plans,
    reconcileSeconds: options.reconcileSeconds,
    seed,
    outage,
    hydrates: process.env["MIRROR_HYDRATES"] !== "no"
  })
  const mirrors = await startMirrors(environment, path, { folder, db, plans, pollers })
  const seen = join(folder, "mirrored.db")
  const programs = await pollers.start(environment, seen, mirrors.urlOf)
  await runTelling(environment, from, to, options.onProgress)
  const calls = environment.providerPort.calls()
  const tally = path.tally()
  const ownReads = mirrors.ownReads()
  const requests = mirrors.requests.filter(({ at }) => at < to)
  await programs.flush()
  await environment.time.runUntil(to + pollers.settleSeconds * 1_000)
  programs.rest()
  await programs.stop()
  await mirrors.close()
  await path.stop()
  const truth = environment.providerPort.truth()
  await environment.close()
  return { calls, tally, ownReads, requests, truth, db: seen, warnings: mirrors.warnings, refusal: path.refusal() }
}
