/**
 * The third path: the programs, unchanged but for their base URL, through the mirror, which answers from the states of
 * the receiver that the plan sets up. Everything is real, on loopback, under the replay's clock.
 */
import { join } from "node:path"
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { Effect, Redacted } from "effect"
import type { EpochMillis } from "../../domain/Time.js"
import { openMirror, type RunningMirror } from "../../mirror/index.js"
import { providerReading } from "../../mirror/service.js"
import { makeAccountLimiter } from "../../providers/clients.js"
import { accountOf } from "./ProviderPort.js"
import type { StartPollers } from "./Replay.js"
import type { ReplayEnvironment } from "./ReplayEnvironment.js"
import type { ReplayPlan } from "./ReplayPlan.js"
import type { WebhookPath } from "./WebhookPath.js"

/** The programs that poll through the mirror. */
export interface MirroredPollers {
  readonly start: StartPollers
  /** By account: the programs by their keys, all of which may see everything (`mirror.principals`). */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** `mirror.wholePages`. */
  readonly wholePages: ReadonlySet<string>
  /** How long each of them takes to sweep once more, after the window. */
  readonly settleSeconds: number
}

/** A request of a program, as the mirror counted it. */
export interface MirroredRequest {
  readonly at: EpochMillis
  readonly account: string
  readonly integration: string
  /** Why it went through; `null` where it did not. */
  readonly reason: string | null
}

export interface RunningMirrors {
  /** The address of an account's mirror; `null` for an account without one. */
  readonly urlOf: (account: string) => string | null
  readonly requests: ReadonlyArray<MirroredRequest>
  /** Calls that the mirrors made themselves, for entities that are known in part. */
  readonly ownReads: () => number
  readonly warnings: ReadonlyMap<string, number>
  readonly close: () => Promise<void>
}

const ownKey = "replay-receiver-key"
/** `mirror.recheck` unless it is set. */
const recheckMs = 3_600_000

/**
 * A mirror for each source: programs that take a host for an account are recorded as they are, whatever is below their
 * base URL.
 */
export const startMirrors = async (
  environment: ReplayEnvironment,
  receiver: Pick<WebhookPath, "receives">,
  options: {
    readonly folder: string
    readonly db: string
    readonly plans: ReadonlyArray<ReplayPlan>
    readonly pollers: MirroredPollers
    readonly recheckMs?: number
  }
): Promise<RunningMirrors> => {
  const { pollers } = options
  const { time } = environment
  const requests: Array<MirroredRequest> = []
  const warnings = new Map<string, number>()
  let ownReads = 0
  const counted = HttpClient.tapRequest(() => Effect.sync(() => void (ownReads += 1)))
  const openOne = async ({ account, limits, planned: { provider }, source }: ReplayPlan): Promise<RunningMirror> => {
    const baseUrl = accountOf(environment.providerPort, account).url
    const keys = pollers.keys.get(account) ?? new Map<string, string>()
    const reading = await Effect.runPromise(
      providerReading(provider, {
        baseUrl,
        limiter: makeAccountLimiter(limits ?? null),
        authentication: { scheme: provider.defaultScheme, secret: Redacted.make(ownKey) }
      }).pipe(
        Effect.provideServiceEffect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, counted)),
        Effect.provide(FetchHttpClient.layer),
        Effect.withClock(time.clock)
      )
    )
    return openMirror({
      host: "127.0.0.1",
      port: 0,
      tls: null,
      publicUrl: null,
      admin: null,
      db: options.db,
      inboxKey: undefined,
      dark: false,
      verify: 0,
      recheckMs: options.recheckMs ?? recheckMs,
      wholePages: pollers.wholePages,
      recorder: { db: join(options.folder, `${source}.mirror.db`), hosts: [], now: time.now },
      sources: [{ name: source, provider, baseUrl, path: null, seesAll: new Set([ownKey, ...keys.keys()]), reading }],
      replayed: {
        now: time.now,
        receives: receiver.receives,
        integrationOf: (secret) => keys.get(secret) ?? null,
        onCount: ({ integration }, outcome, reason, at) =>
          requests.push({ at, account, integration, reason: outcome === "hit" ? null : reason })
      },
      log: (level, message) => {
        if (level !== "info") warnings.set(message, (warnings.get(message) ?? 0) + 1)
      }
    })
  }
  const mirrors = new Map<string, RunningMirror>()
  for (const plan of options.plans) {
    const mirror = await openOne(plan)
    environment.followServer(mirror.port)
    mirrors.set(plan.account, mirror)
    await mirror.loaded
  }
  return {
    urlOf: (account) => mirrors.get(account)?.url ?? null,
    requests,
    ownReads: () => ownReads,
    warnings,
    close: async () => {
      await Promise.all([...mirrors.values()].map((mirror) => mirror.close()))
    }
  }
}
