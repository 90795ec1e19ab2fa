/** The demo's day: the sample integrations poll simulated accounts for 24 hours, and their calls are recorded. */
import { join } from "node:path"
import {
  type MirroredPollers,
  type PolledPath,
  runTelling,
  type StartPollers,
  type StartProviderPort,
  startReplayEnvironment
} from "../replay/index.js"
import { simulatedAccounts as names, type SimulatedProductName } from "../simulator/index.js"
import { copyDatabase, openDatabase, saltOf, statedSalt } from "../store/index.js"
import {
  isRunnable,
  type SampleIntegration,
  saltTextOf,
  sampleIntegrations,
  sampleKeyOf,
  sampleWholePages,
  startSampleIntegrations
} from "./SampleIntegrations.js"
import { type SimulatedAccount, simulatedAccounts } from "./SimulatedAccounts.js"

const account = (
  product: SimulatedProductName,
  plan: string,
  entities: number,
  changesPerHour: number
): SimulatedAccount => ({ product, account: names[product], plan, entities, changesPerHour })

export const demoAccounts: ReadonlyArray<SimulatedAccount> = [
  account("freshdesk", "garden", 600, 30),
  account("freshservice", "growth", 200, 12),
  account("freshsales", "growth", 200, 12),
  account("freshchat", "garden", 44, 15)
]

/** A Monday. */
export const demoDay = { from: Date.parse("2026-03-02T00:00:00Z"), to: Date.parse("2026-03-03T00:00:00Z") } as const

/** All four products, or those that are named. */
export interface Demo {
  readonly accounts: ReadonlyArray<SimulatedAccount>
  readonly providerPort: StartProviderPort
  /** Sample integrations that cannot run, since their npm client is not installed. */
  readonly leftOut: ReadonlyArray<SampleIntegration>
  /** Runs those sample integrations that stay. */
  readonly startKept: (seed: number, kept: ReadonlySet<string>) => StartPollers
  /** All sample integrations, unchanged but for their base URL. */
  readonly mirrored: (seed: number) => MirroredPollers
  /**
   * Runs the day and lets polling settle; the recording is the day itself. `db` gets the calls until midnight,
   * the returned path's own database goes on for as long as `workFolder` does.
   */
  readonly record: (
    db: string,
    workFolder: string,
    seed: number,
    onProgress: (share: number) => void
  ) => Promise<PolledPath>
}

/** Whether a recording is of the demo's day with that seed. */
export const isDemoRecording = (db: string, seed: number): boolean => {
  const database = openDatabase(db, { mustExist: true })
  try {
    return saltOf(database) === statedSalt(saltTextOf(seed))
  } finally {
    database.close()
  }
}

/** After the day's last change each poller sweeps once more; the three-hourly one does so at midnight. */
const settleMs = 65 * 60_000

export const demoOf = (products: ReadonlyArray<string> = []): Demo => {
  const accounts = demoAccounts.filter(({ product }) => products.length === 0 || products.includes(product))
  const chosen = sampleIntegrations.filter(({ product }) => accounts.some((one) => one.product === product))
  const integrations = chosen.filter(isRunnable)
  const providerPort = simulatedAccounts(accounts)
  return {
    accounts,
    providerPort,
    leftOut: chosen.filter((one) => !isRunnable(one)),
    startKept: (seed, kept) => async (stage, db) =>
      startSampleIntegrations(
        stage,
        db,
        seed,
        integrations.filter(({ name }) => kept.has(name))
      ),
    mirrored: (seed) => ({
      ...demoDay,
      accounts: accounts.map((one) => ({
        account: one.account,
        startProviderPort: simulatedAccounts([one]),
        keys: new Map(
          integrations.filter(({ product }) => product === one.product).map(({ name }) => [sampleKeyOf(name), name])
        )
      })),
      wholePages: sampleWholePages,
      settleSeconds: settleMs / 1_000,
      start: (stage, db, url) => startSampleIntegrations(stage, db, seed, integrations, url)
    }),
    record: async (db, workFolder, seed, onProgress) => {
      const going = join(workFolder, "polling.db")
      const share = new Map<string, number>()
      const tell = (name: string) => (done: number) => {
        share.set(name, done)
        onProgress([...share.values()].reduce((sum, one) => sum + one, 0) / accounts.length)
      }
      // Accounts know nothing of each other: each has a stage and a clock of its own, and all run at once.
      const running = await Promise.all(
        accounts.map(async (one) => {
          const stage = await startReplayEnvironment(simulatedAccounts([one]), {
            from: demoDay.from,
            changesUntil: demoDay.to,
            seed
          })
          const programs = startSampleIntegrations(stage, going, seed, integrations)
          await runTelling(stage, demoDay.from, demoDay.to, tell(one.account))
          const calls = stage.providerPort.calls()
          await programs.flush()
          return { stage, programs, calls }
        })
      )
      copyDatabase(going, db)
      const settled = await Promise.all(
        running.map(async ({ programs, stage }) => {
          await stage.time.runUntil(demoDay.to + settleMs)
          await programs.stop()
          const truth = stage.providerPort.truth()
          await stage.close()
          return truth
        })
      )
      return {
        calls: running.reduce((sum, { calls }) => sum + calls, 0),
        truth: settled.flat().sort((a, b) => a.at - b.at),
        db: going
      }
    }
  }
}
