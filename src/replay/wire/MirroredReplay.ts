/**
 * The third path: the programs, unchanged but for their base URL, through the mirror, which answers from the states of
 * the receiver that the plan sets up. Accounts know nothing of each other: each has an environment of its own.
 */
import { join } from "node:path"
import type { EpochMillis } from "../../domain/Time.js"
import { usualRecheckMs } from "../../policy/index.js"
import type { PushFaults } from "../../providers/index.js"
import type { CallTally } from "../../reconciliation/index.js"
import { type MirroredRequest, startMirrorPath } from "./MirrorPath.js"
import { accountOf, type RunningPollers, type StartProviderPort, type TrueChange } from "./ProviderPort.js"
import { type ReplayEnvironment, startReplayEnvironment } from "./ReplayEnvironment.js"
import type { ReplayPlan } from "./ReplayPlan.js"
import { runTelling } from "./RunTelling.js"
import { startWebhookPath } from "./WebhookPath.js"

/** The programs that poll through the mirror. */
export interface MirroredPollers {
  /** The part of the programs' day that is replayed; milliseconds. */
  readonly from: EpochMillis
  readonly to: EpochMillis
  readonly accounts: ReadonlyArray<MirroredAccount>
  /** `mirror.recheck`, in milliseconds; as a configuration without it has it, unless set. */
  readonly recheckMs?: number
  /** `mirror.wholePages`. */
  readonly wholePages: ReadonlySet<string>
  /** After the window, how long it takes each of them to sweep once more. */
  readonly settleSeconds: number
  /** Starts the programs of the environment's one account, with `url` for its address; their calls go into `db`. */
  readonly start: (environment: ReplayEnvironment, db: string, url: string) => RunningPollers
}

export interface MirroredAccount {
  readonly account: string
  readonly startProviderPort: StartProviderPort
  /** Names of its programs, by their keys. */
  readonly keys: ReadonlyMap<string, string>
}

export interface MirroredOptions {
  readonly seed: number
  readonly reconcileSeconds: number
  readonly faults: PushFaults
  readonly plans: ReadonlyArray<ReplayPlan>
  readonly outage: { readonly from: EpochMillis; readonly to: EpochMillis } | null
  readonly folder: string
  readonly onProgress?: ((share: number) => void) | undefined
}

/** The window of one account: calls, requests and changes. */
export interface MirroredDay {
  readonly account: string
  /** As the provider counted them. */
  readonly calls: number
  readonly tally: CallTally
  readonly ownReads: number
  /** Empty for an account that nothing is planned for: its programs ask the provider. */
  readonly requests: ReadonlyArray<MirroredRequest>
  readonly truth: ReadonlyArray<TrueChange>
  readonly warnings: ReadonlyArray<string>
  readonly refusal: string | null
}

export const replayThroughMirror = async (
  options: MirroredOptions,
  pollers: MirroredPollers
): Promise<{ readonly days: ReadonlyArray<MirroredDay>; readonly db: string }> => {
  const db = join(options.folder, "mirrored.db")
  const shares = new Map<string, number>()
  const days = await Promise.all(
    pollers.accounts.map((one) =>
      dayOf(options, pollers, one, db, (share) => {
        shares.set(one.account, share)
        options.onProgress?.([...shares.values()].reduce((sum, each) => sum + each, 0) / pollers.accounts.length)
      })
    )
  )
  return { days, db }
}

const dayOf = async (
  options: MirroredOptions,
  pollers: MirroredPollers,
  mirrored: MirroredAccount,
  recording: string,
  tell: (share: number) => void
): Promise<MirroredDay> => {
  const { faults, plans, reconcileSeconds, seed } = options
  const { from, settleSeconds, start, to } = pollers
  const { account, startProviderPort } = mirrored
  const environment = await startReplayEnvironment(startProviderPort, { from, changesUntil: to, seed, faults })
  const plan = plans.find((one) => one.account === account)
  const warnings: Array<string> = []
  const way =
    plan === undefined
      ? null
      : await startWay(environment, options, pollers, mirrored, plan, (message) => warnings.push(message))
  const programs = start(environment, recording, way?.mirror.url ?? accountOf(environment.providerPort, account).url)
  await runTelling(environment, from, to, tell)
  const calls = environment.providerPort.calls()
  const tally = way?.receiver.tally() ?? { reconciliation: 0, hydration: 0, retries: 0 }
  const ownReads = way?.mirror.ownReads() ?? 0
  const requests = way?.mirror.requests.filter(({ at }) => at < to) ?? []
  // A push that was lost on its way is healed by the next sweep, and its change seen by the next poll.
  const heals = plan === undefined ? 0 : (plan.reconcileSeconds ?? reconcileSeconds)
  await environment.time.runUntil(to + (heals + settleSeconds) * 1_000)
  programs.rest()
  await programs.stop()
  await way?.mirror.close()
  await way?.receiver.stop()
  const truth = environment.providerPort.truth()
  await environment.close()
  return { account, calls, tally, ownReads, requests, truth, warnings, refusal: way?.receiver.refusal() ?? null }
}

/** The receiver that an account's plan sets up, and the mirror before its states. */
const startWay = async (
  environment: ReplayEnvironment,
  { folder, outage, reconcileSeconds, seed }: MirroredOptions,
  { recheckMs = usualRecheckMs, wholePages }: MirroredPollers,
  { account, keys }: MirroredAccount,
  plan: ReplayPlan,
  onWarning: (message: string) => void
) => {
  const db = join(folder, `${account}.db`)
  const receiver = await startWebhookPath(environment, {
    db,
    plans: [plan],
    reconcileSeconds,
    seed,
    outage,
    handsOver: false
  })
  const mirror = await startMirrorPath(environment, receiver, {
    db,
    recording: join(folder, `${account}.passed.db`),
    plan,
    keys,
    recheckMs,
    wholePages,
    onWarning
  })
  return { receiver, mirror }
}
