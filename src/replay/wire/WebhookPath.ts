/**
 * The webhook path for real: the receiver with its durable inbox, its reconciliation against the stand-in's API, and
 * the stand-in's signed deliveries, all on loopback and all under the replay's clock.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Exit, Fiber, Layer, Logger, Random, Redacted, Scope } from "effect"
import { actionOf } from "../../domain/Event.js"
import type { HistoryLine } from "../../domain/History.js"
import type { EpochMillis } from "../../domain/Time.js"
import { makeAccountLimiter } from "../../providers/clients.js"
import { ruleBody } from "../../providers/index.js"
import {
  type CallTally,
  createReceiver,
  makeReconciliation,
  type Receiver,
  type ReceiverSource,
  type Reconciliation,
  signatureHeader
} from "../../receiver/index.js"
import type { FinalState, WebhookArrival } from "./Comparison.js"
import type { ReplayPlan } from "./ReplayPlan.js"
import type { Stage } from "./Stage.js"
import { accountOf, type PushSetUp } from "./StandIn.js"

export interface WebhookPathOptions {
  readonly db: string
  readonly plans: ReadonlyArray<ReplayPlan>
  readonly reconcileSeconds: number
  readonly seed: number
  /** The receiver is really stopped at the one moment and started again at the other. */
  readonly outage: { readonly from: EpochMillis; readonly to: EpochMillis } | null
}

export interface WebhookPath {
  readonly arrivals: ReadonlyArray<WebhookArrival>
  readonly tally: () => CallTally
  /** How often each event was handed over, by its idempotency key. */
  readonly handed: ReadonlyMap<string, number>
  readonly duplicates: () => number
  readonly rejected: () => number
  readonly finalStates: () => ReadonlyArray<FinalState>
  /** What the inbox held at the end. */
  readonly history: () => ReadonlyArray<HistoryLine>
  readonly acknowledgements: () => ReadonlyArray<number>
  /** What reconciliation did not understand of the stand-in's answers; `null` where it understood all. */
  readonly refusal: () => string | null
  readonly stop: () => Promise<void>
}

/** Standard output belongs to results. */
const logsToStderr = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))

/** No account that a replay sets up answers so: the stand-in is wrong, and every figure that rests on it. */
const neverOfStandIn: ReadonlySet<string> = new Set(["unexpectedShape", "invalid", "unauthorized", "notFound"])

const secret = "replay-webhook-secret"
const tokenHeader = signatureHeader.token
const apiKey = "replay-receiver-key"

interface Running {
  readonly receiver: Receiver
  readonly tally: () => CallTally
  readonly stop: () => Promise<void>
}

export const startWebhookPath = async (stage: Stage, options: WebhookPathOptions): Promise<WebhookPath> => {
  const { standIn, time } = stage
  const arrivals: Array<WebhookArrival> = []
  const handed = new Map<string, number>()
  const acknowledgements: Array<number> = []
  const earlier: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
  let rejectedEarlier = 0
  let refusal: string | null = null
  let starts = 0

  const accounts = new Map(options.plans.map((plan) => [plan.source, plan]))

  /** What each sender proves itself with; a product that signs by itself says its key when it is set up. */
  const publicKeys = new Map<string, string>()
  const sourceOf = ({ provider, route, source }: ReplayPlan): ReceiverSource => {
    const publicKey = publicKeys.get(source)
    if (publicKey !== undefined) return { product: provider.product, profile: "freshchat", secrets: [publicKey] }
    return { product: provider.product, profile: route === "app" ? "freshworks" : "token", secrets: [secret] }
  }

  const start = async (port: number): Promise<Running> => {
    const reconciliations = new Map<string, Reconciliation>()
    const scope = Effect.runSync(Scope.make())
    let allReady = (): void => undefined
    const ready = new Promise<void>((resolve) => {
      allReady = resolve
    })
    const receiver = await createReceiver({
      db: options.db,
      listen: { host: "127.0.0.1", port },
      sources: Object.fromEntries(options.plans.map((plan) => [plan.source, sourceOf(plan)])),
      time,
      onWork: (change) => (change === 1 ? time.enter() : time.leave()),
      hydrate: async (source, entity, id) => {
        await ready
        const fetched = reconciliations.get(source)!.hydrate(entity, id)
        // The account's limiter counts by the clock: one clock for all who share it. What waits for it ends with the receiver.
        return Effect.runPromise(
          fetched.pipe(Effect.withClock(time.clock), Effect.forkIn(scope), Effect.flatMap(Fiber.join))
        )
      },
      onEvent: (event) => {
        handed.set(event.id, (handed.get(event.id) ?? 0) + 1)
      },
      onApplied: ({ duplicate, event, late, origin, source }) => {
        const plan = accounts.get(source)
        if (plan === undefined || event.updatedAt === null || late || duplicate) return
        const touches = plan.provider.entities[event.entity]?.touches
        const parent = touches === undefined ? undefined : event.snapshot?.[touches.idField]
        arrivals.push({
          account: plan.account,
          entity: event.entity,
          id: event.entityId,
          updatedAt: event.updatedAt,
          at: time.now(),
          origin,
          deletion: actionOf(event.event) === "delete" || event.snapshot?.["deleted"] === true,
          parent: touches === undefined || parent === undefined ? null : { entity: touches.entity, id: String(parent) }
        })
      }
    })
    // A seed of its own for each start, so that retries wait alike in every run.
    const random = Random.make(`${options.seed} ${++starts}`)
    for (const { account, entities, limits, own = {}, provider, reconcileSeconds, source } of options.plans) {
      const reconciliation = await Effect.runPromise(
        makeReconciliation(receiver, {
          source,
          account,
          provider,
          client: {
            baseUrl: accountOf(standIn, account).url,
            ...(limits === undefined ? {} : { limiter: makeAccountLimiter(limits) }),
            authentication: { scheme: provider.defaultScheme, secret: Redacted.make(apiKey) }
          },
          every: Duration.seconds(reconcileSeconds ?? options.reconcileSeconds),
          own: Object.fromEntries(
            Object.entries(own).map(([entity, every]) => [entity, every === "off" ? every : every * 1_000])
          ),
          entities,
          onError: (error) =>
            Effect.suspend(() => {
              if (error._tag === "ProviderError" && neverOfStandIn.has(error.reason)) {
                refusal ??= error.message
                return Effect.void
              }
              return Effect.logWarning(`replay: ${error.message}`)
            }),
          onSkipped: ({ unexpected }) =>
            Effect.sync(() => {
              refusal ??= unexpected
            }),
          onRefreshed: (entity, id, updatedAt) =>
            arrivals.push({
              account,
              entity,
              id,
              updatedAt,
              at: time.now(),
              origin: "reconciliation",
              parent: null,
              deletion: false
            })
        }).pipe(
          Scope.extend(scope),
          Effect.provide(Layer.merge(FetchHttpClient.layer, logsToStderr)),
          Effect.withClock(time.clock),
          Effect.withRandom(random)
        )
      )
      reconciliations.set(source, reconciliation)
    }
    allReady()
    const tally = (): CallTally => {
      const sum: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
      for (const { tally: one } of reconciliations.values()) {
        sum.reconciliation += one.reconciliation
        sum.hydration += one.hydration
        sum.retries += one.retries
      }
      return sum
    }
    return {
      receiver,
      tally,
      stop: async () => {
        await Effect.runPromise(Scope.close(scope, Exit.void))
        await receiver.close()
        const made = tally()
        earlier.reconciliation += made.reconciliation
        earlier.hydration += made.hydration
        earlier.retries += made.retries
        acknowledgements.push(...receiver.acknowledgements())
        rejectedEarlier += await rejectedBy(receiver)
      }
    }
  }

  const port = await freePort()
  for (const plan of options.plans) {
    const { publicKey } = standIn.install(setUpOf(plan, `http://127.0.0.1:${port}/hooks/${plan.source}`))
    if (publicKey !== null) publicKeys.set(plan.source, publicKey)
  }
  let running: Running | null = await start(port)

  const during = (work: () => Promise<void>) => () => {
    time.enter()
    void work().finally(() => time.leave())
  }
  if (options.outage !== null) {
    time.at(
      options.outage.from,
      during(async () => {
        await running?.stop()
        running = null
      })
    )
    time.at(
      options.outage.to,
      during(async () => {
        running = await start(port)
      })
    )
  }

  let rejected = 0
  let duplicates = 0
  let finals: ReadonlyArray<FinalState> = []
  let history: ReadonlyArray<HistoryLine> = []
  return {
    arrivals,
    handed,
    tally: () => {
      const now = running?.tally()
      return {
        reconciliation: earlier.reconciliation + (now?.reconciliation ?? 0),
        hydration: earlier.hydration + (now?.hydration ?? 0),
        retries: earlier.retries + (now?.retries ?? 0)
      }
    },
    duplicates: () => duplicates,
    rejected: () => rejected,
    finalStates: () => finals,
    history: () => history,
    acknowledgements: () => acknowledgements,
    refusal: () => refusal,
    stop: async () => {
      if (running !== null) {
        const { inbox } = running.receiver
        duplicates = inbox.list(Number.MAX_SAFE_INTEGER).reduce((sum, line) => sum + line.duplicates, 0)
        finals = options.plans.flatMap(({ account, entities, source }) =>
          entities.flatMap((entity) =>
            inbox.states(source, entity).map(({ deleted, entityId, updatedAt }) => ({
              account,
              entity,
              id: entityId,
              updatedAt,
              deleted
            }))
          )
        )
        history = [...inbox.history()]
        await running.stop()
        running = null
      }
      rejected = rejectedEarlier
    }
  }
}

const setUpOf = ({ account, events, provider, route }: ReplayPlan, url: string): PushSetUp => {
  const body = provider.runbook?.body ?? null
  const bodyOf = (event: string): string =>
    route === "rule" || body === null ? ruleBody(event, account) : body(event, account)
  return {
    account,
    route,
    url,
    secret,
    header: tokenHeader,
    events,
    bodies: route === "app" ? {} : Object.fromEntries(events.map((event) => [event, bodyOf(event)]))
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

const rejectedBy = async (receiver: Receiver): Promise<number> => {
  const { values } = await receiver.metrics.deliveries.get()
  return values.filter((value) => value.labels.outcome === "unauthorized").reduce((sum, value) => sum + value.value, 0)
}
