/** The demo's day: the sample integrations poll a simulated account for 24 hours, and what they do is recorded. */
import type { EpochMillis } from "../domain/Time.js"
import { setStage, type StartPollers, type StartStandIn } from "../replay/index.js"
import { sampleIntegrations, startSampleIntegrations } from "./SampleIntegrations.js"
import { simulatedAccount } from "./SimulatedAccount.js"

export const demoAccount = { account: "acme.freshdesk.com", plan: "garden", entities: 600, changesPerHour: 30 } as const

/** A Monday. */
export const demoDay = { from: Date.parse("2026-03-02T00:00:00Z"), to: Date.parse("2026-03-03T00:00:00Z") } as const

export const demoStandIn: StartStandIn = simulatedAccount(demoAccount)

export const demoPollers =
  (seed: number, keptIntegrations: ReadonlySet<string>): StartPollers =>
  async (stage, db, which) =>
    startSampleIntegrations(stage, db, seed, which === "all" ? sampleIntegrations : sampleIntegrations.filter(({ name }) => keptIntegrations.has(name)))

export interface DemoRecording {
  /** What the stand-in itself counted. */
  readonly calls: number
  readonly from: EpochMillis
  readonly to: EpochMillis
}

const steps = 48

/** Records the day into `db`. */
export const recordDemoDay = async (db: string, seed: number, onProgress: (share: number) => void): Promise<DemoRecording> => {
  const stage = await setStage(demoStandIn, { from: demoDay.from, changesUntil: demoDay.to, seed })
  const programs = startSampleIntegrations(stage, db, seed, sampleIntegrations)
  for (let step = 1; step <= steps; step++) {
    await stage.time.runUntil(demoDay.from + ((demoDay.to - demoDay.from) * step) / steps)
    onProgress(step / steps)
  }
  const calls = stage.standIn.calls()
  await programs.stop()
  await stage.close()
  return { calls, ...demoDay }
}
