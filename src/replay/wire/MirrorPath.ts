/**
 * The mirror of one account in a replay: real, on loopback, before the states of the replay's receiver, under its
 * clock. Each account has a listener of its own: a recorder reads paths from the host on, so a base URL without a path
 * leaves the recording as it is.
 */
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { Effect, Redacted } from "effect"
import { entityOf } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import { openMirror } from "../../mirror/index.js"
import { providerReading } from "../../mirror/service.js"
import { makeAccountLimiter } from "../../providers/clients.js"
import { accountOf } from "./ProviderPort.js"
import type { ReplayEnvironment } from "./ReplayEnvironment.js"
import type { ReplayPlan } from "./ReplayPlan.js"
import type { WebhookPath } from "./WebhookPath.js"

/** A request of a program, as the mirror counted it. */
export interface MirroredRequest {
  readonly at: EpochMillis
  readonly integration: string
  /** Why it went through; `null` where it did not. */
  readonly reason: string | null
}

export interface MirrorPathOptions {
  /** The receiver's database. */
  readonly db: string
  /** The mirror's own recording of what went through. */
  readonly recording: string
  readonly plan: ReplayPlan
  /** Names of the account's programs by their keys, each of which may see everything (`mirror.principals`). */
  readonly keys: ReadonlyMap<string, string>
  /** `mirror.recheck`, in milliseconds. */
  readonly recheckMs: number
  /** `mirror.wholePages`. */
  readonly wholePages: ReadonlySet<string>
  readonly onWarning: (message: string) => void
}

export interface MirrorPath {
  /** Its address, in place of the account's. */
  readonly url: string
  readonly requests: ReadonlyArray<MirroredRequest>
  /** Calls that it made itself so far, for entities that are known in part. */
  readonly ownReads: () => number
  readonly close: () => Promise<void>
}

const ownKey = "replay-mirror-key"

export const startMirrorPath = async (
  environment: ReplayEnvironment,
  receiver: Pick<WebhookPath, "receives">,
  { db, keys, onWarning, plan, recheckMs, recording, wholePages }: MirrorPathOptions
): Promise<MirrorPath> => {
  const { account, limits, planned, source } = plan
  const { provider } = planned
  const { providerPort, time } = environment
  const baseUrl = accountOf(providerPort, account).url
  const requests: Array<MirroredRequest> = []
  let ownReads = 0
  const countRead = (): void => {
    ownReads += 1
  }
  const counted = HttpClient.tapRequest(() => Effect.sync(countRead))
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
  const mirror = await openMirror({
    host: "127.0.0.1",
    port: 0,
    tls: null,
    publicUrl: null,
    admin: null,
    db,
    inboxKey: undefined,
    dark: false,
    verify: 0,
    recheckMs,
    sampledPrincipals: new Set(),
    wholePages,
    recorder: { db: recording, hosts: [], now: time.now },
    sources: [{ name: source, provider, baseUrl, path: null, seesAll: new Set([ownKey, ...keys.keys()]), reading }],
    replayed: {
      now: time.now,
      receives: receiver.receives,
      pushed: [...planned.events].map((event) => ({
        source,
        entity: entityOf(event),
        lastAt: Number.POSITIVE_INFINITY
      })),
      onPassing: (what) => (what === "passed" ? time.clientStarted() : time.clientFinished()),
      integrationOf: (secret) => keys.get(secret) ?? null,
      onCount: ({ integration }, outcome, reason, at) =>
        requests.push({ at, integration, reason: outcome === "hit" ? null : reason })
    },
    log: (level, message) => {
      if (level !== "info") onWarning(message)
    }
  })
  environment.followServer(mirror.port)
  await mirror.loaded
  return { url: mirror.url, requests, ownReads: () => ownReads, close: mirror.close }
}
