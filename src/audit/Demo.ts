/** The demo's day: the sample integrations poll a simulated account for 24 hours, and what they do is recorded. */
import { join } from "node:path"
import { type PolledPath, runTelling, type StartPollers, type StartStandIn, setStage } from "../replay/index.js"
import { copyDatabase } from "../store/index.js"
import { sampleIntegrations, startSampleIntegrations } from "./SampleIntegrations.js"
import { simulatedAccount } from "./SimulatedAccount.js"

export const demoAccount = { account: "acme.freshdesk.com", plan: "garden", entities: 600, changesPerHour: 30 } as const

/** A Monday. */
export const demoDay = { from: Date.parse("2026-03-02T00:00:00Z"), to: Date.parse("2026-03-03T00:00:00Z") } as const

export const demoStandIn: StartStandIn = simulatedAccount(demoAccount)

/** Runs those sample integrations that stay. */
export const keptSampleIntegrations =
  (seed: number, kept: ReadonlySet<string>): StartPollers =>
  async (stage, db) =>
    startSampleIntegrations(
      stage,
      db,
      seed,
      sampleIntegrations.filter(({ name }) => kept.has(name))
    )

/** After the day's last change the pollers go on until the slowest of them has swept once more. */
const settleMs = 65 * 60_000

/**
 * Runs the day and lets polling settle; the recording is the day itself. `db` gets what was recorded until midnight,
 * the returned path's own database goes on for as long as `workFolder` does.
 */
export const recordDemoDay = async (
  db: string,
  workFolder: string,
  seed: number,
  onProgress: (share: number) => void
): Promise<PolledPath> => {
  const going = join(workFolder, "polling.db")
  const stage = await setStage(demoStandIn, { from: demoDay.from, changesUntil: demoDay.to, seed })
  const programs = startSampleIntegrations(stage, going, seed, sampleIntegrations)
  await runTelling(stage, demoDay.from, demoDay.to, onProgress)
  const calls = stage.standIn.calls()
  await programs.flush()
  copyDatabase(going, db)
  await stage.time.runUntil(demoDay.to + settleMs)
  await programs.stop()
  const truth = stage.standIn.truth()
  await stage.close()
  return { calls, truth, db: going }
}
