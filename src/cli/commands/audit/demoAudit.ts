/** An audit of the demo: its day is recorded first. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { type AuditSettings, audit } from "../../../audit/index.js"
import { demoDay, demoOf, sampleWholePages } from "../../../demo/index.js"
import { mirrorRule } from "../../../mirror/service.js"
import { usualRecheckMs } from "../../../policy/index.js"
import type { PolledPath } from "../../../replay/index.js"
import { scenariosOf, truthFileOf, writeTruth } from "../../../scenarios/index.js"
import { Store, StoreUnavailable } from "../../../store/service.js"
import { UsageError } from "../../Failure.js"
import { makeFolder } from "../../MakeFolder.js"
import { note } from "../../Output.js"
import type { AuditOptions } from "./AuditCommand.js"

/** Simulated days behind a report's bands: a second or so of work. */
export const daysInReport = 200

export type SharedSettings = Omit<AuditSettings, "from" | "to" | "replay" | "generatedAt">

/** Why `--mirror` is of no use beside the other options; `null` where it is. */
export const misplacedMirror = ({ demo, mirror, noReplay }: AuditOptions): string | null => {
  if (!mirror) return null
  if (!demo) return "--mirror runs programs, and a recording has none: add --demo, whose programs are at hand"
  return noReplay ? "--mirror is a path of the replay: leave --no-replay out" : null
}

/** The demo's recording lies beside its reports, apart from the user's own. */
export const demoAudit = (options: AuditOptions, shared: SharedSettings) => {
  const demo = demoOf(options.product)
  const db = join(options.out, "demo.db")
  return Effect.acquireUseRelease(
    Effect.try({
      try: () => {
        makeFolder(options.out)
        for (const ending of ["", "-wal", "-shm"]) rmSync(db + ending, { force: true })
        return mkdtempSync(join(tmpdir(), "hookshift-demo-"))
      },
      catch: (error) =>
        new UsageError({
          message: `${options.out} cannot be written to (${(error as NodeJS.ErrnoException).code}): choose another folder with --out`
        })
    }),
    (work) =>
      Effect.gen(function* () {
        for (const { client, name } of demo.leftOut)
          yield* note(`hookshift: the demo leaves out ${name}: its client is not installed (npm install ${client})`)
        const recorded: PolledPath = yield* Effect.tryPromise({
          try: () => demo.record(db, work, shared.seed, (share) => shared.onProgress("record", share)),
          catch: (error) =>
            new StoreUnavailable({ reason: "demo", message: error instanceof Error ? error.message : String(error) })
        })
        yield* Effect.sync(() => writeTruth(truthFileOf(db), recorded.truth))
        // The demo's accounts have the plans that they were simulated with.
        const { chosenPlan: _, faults, seed, ...others } = shared
        const changes = recorded.truth.map((change) => ({ ...change, parent: change.parent?.id ?? null }))
        return yield* audit({
          ...others,
          faults,
          seed,
          ...demoDay,
          mirror: mirrorRule(usualRecheckMs, sampleWholePages),
          model: {
            runs: daysInReport,
            accounts: (analysis) => scenariosOf(analysis, { db, seed, reconcileSeconds: null, faults, changes })
          },
          plans: Object.fromEntries(demo.accounts.map(({ account, plan }) => [account, plan])),
          generatedAt: demoDay.to,
          replay: options.noReplay
            ? null
            : (analysis) => ({
                window: demoDay,
                startProviderPort: demo.providerPort,
                accounts: new Set(demo.accounts.map(({ account }) => account)),
                polling: async () => recorded,
                startKept: demo.startKept(
                  shared.seed,
                  new Set(
                    analysis.pollers
                      .filter((poller) => poller.verdict === "keep" || poller.verdict === "tune")
                      .map((poller) => poller.integration)
                  )
                ),
                ...(options.mirror ? { mirrored: demo.mirrored(shared.seed) } : {}),
                driver: "the sample integrations themselves, on the recorded day"
              })
        }).pipe(Effect.provide(Store.layer(db)))
      }),
    (work) => Effect.sync(() => rmSync(work, { recursive: true, force: true }))
  )
}
