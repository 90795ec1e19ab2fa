/**
 * One life of the receiver's process: the real receiver and its reconciliations, from a start to the stop that follows.
 */
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Exit, Fiber, Layer, Logger, Random, Redacted, Scope } from "effect"
import { actionOf } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import { makeAccountLimiter } from "../../providers/clients.js"
import { convertIntervals, toldDependants } from "../../providers/index.js"
import { createReceiver, type Receiver, type ReceiverSource } from "../../receiver/index.js"
import {
  type CallTally,
  makeReconciliation,
  type Reconciliation,
  type ReconciliationOptions
} from "../../reconciliation/index.js"
import { reconciliationPort } from "../../runtime/index.js"
import type { WebhookArrival } from "./PathDiff.js"
import { accountOf } from "./ProviderPort.js"
import type { ReplayEnvironment } from "./ReplayEnvironment.js"
import type { ReplayPlan } from "./ReplayPlan.js"

export interface ReceiverLife {
  readonly receiver: Receiver
  readonly tally: () => CallTally
  /** Deliveries that were refused, told once it has stopped. */
  readonly stop: () => Promise<{ readonly rejected: number }>
}

export interface ReceiverLifeOptions {
  readonly environment: ReplayEnvironment
  readonly db: string
  readonly port: number
  readonly sources: Readonly<Record<string, ReceiverSource>>
  readonly plans: ReadonlyArray<ReplayPlan>
  readonly reconcileSeconds: number
  /** Its retries wait alike in every run. */
  readonly seed: string
  readonly onArrival: (arrival: WebhookArrival) => void
  /** Gets events; none is handed over without it. */
  readonly onHanded: ((eventId: string) => void) | null
  /** Reconciliation did not understand an answer. */
  readonly onRefusal: (message: string) => void
}

/** Standard output belongs to results. */
const logsToStderr = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))

/** No account that a replay sets up answers so: the provider's side is wrong, and every figure that rests on it. */
const neverAnswered: ReadonlySet<string> = new Set(["unexpectedShape", "invalid", "unauthorized", "notFound"])

const apiKey = "replay-receiver-key"

type Applied = Parameters<NonNullable<Parameters<typeof createReceiver>[0]["onApplied"]>>[0]

/** An applied event as an arrival; `null` for one that moved no stamp. */
const arrivalOf = (
  { duplicate, event, late, origin }: Applied,
  { account, planned: { provider } }: ReplayPlan,
  at: EpochMillis
): WebhookArrival | null => {
  if (event.updatedAt === null || late || duplicate) return null
  const touches = provider.entities[event.entity]?.touches
  const parent = touches === undefined ? undefined : event.snapshot?.[touches.idField]
  return {
    account,
    entity: event.entity,
    id: event.entityId,
    updatedAt: event.updatedAt,
    at,
    origin,
    deletion: actionOf(event.event) === "delete" || event.snapshot?.["deleted"] === true,
    parent: touches === undefined || parent === undefined ? null : { entity: touches.entity, id: String(parent) }
  }
}

const reconciliationOptions = (
  { onArrival, onRefusal, reconcileSeconds: usual, environment }: ReceiverLifeOptions,
  { account, entities, limits, own = {}, planned, reconcileSeconds, source }: ReplayPlan
): ReconciliationOptions => ({
  source,
  account,
  provider: planned.provider,
  told: toldDependants(planned),
  client: {
    baseUrl: accountOf(environment.providerPort, account).url,
    ...(limits === undefined ? {} : { limiter: makeAccountLimiter(limits) }),
    authentication: { scheme: planned.provider.defaultScheme, secret: Redacted.make(apiKey) }
  },
  every: Duration.seconds(reconcileSeconds ?? usual),
  own: convertIntervals(own, (seconds) => seconds * 1_000),
  entities,
  onError: (error) =>
    Effect.suspend(() => {
      if (error._tag !== "ProviderError" || !neverAnswered.has(error.reason))
        return Effect.logWarning(`replay: ${error.message}`)
      onRefusal(error.message)
      return Effect.void
    }),
  onSkipped: ({ unexpected }) =>
    Effect.sync(() => {
      if (unexpected !== null) onRefusal(unexpected)
    }),
  onRefreshed: (entity, id, updatedAt) =>
    onArrival({
      account,
      entity,
      id,
      updatedAt,
      at: environment.time.now(),
      origin: "reconciliation",
      parent: null,
      deletion: false
    })
})

const sumOf = (tallies: Iterable<CallTally>): CallTally => {
  const sum: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
  for (const one of tallies) {
    sum.reconciliation += one.reconciliation
    sum.hydration += one.hydration
    sum.retries += one.retries
  }
  return sum
}

export const startReceiverLife = async (options: ReceiverLifeOptions): Promise<ReceiverLife> => {
  const { onArrival, onHanded, plans, environment } = options
  const { time } = environment
  const planBySource = new Map(plans.map((plan) => [plan.source, plan]))
  const reconciliations = new Map<string, Reconciliation>()
  const scope = Effect.runSync(Scope.make())
  let allReady = (): void => undefined
  const ready = new Promise<void>((resolve) => {
    allReady = resolve
  })
  const hydrate = async (source: string, entity: string, id: string) => {
    await ready
    const fetched = reconciliations.get(source)!.hydrate(entity, id)
    // The account's limiter counts by the clock: one clock for all who share it. A fetch that waits ends with the
    // receiver.
    return Effect.runPromise(
      fetched.pipe(Effect.withClock(time.clock), Effect.forkIn(scope), Effect.flatMap(Fiber.join))
    )
  }
  const receiver = await createReceiver({
    db: options.db,
    listen: { host: "127.0.0.1", port: options.port },
    sources: options.sources,
    time,
    onWork: (change) => (change === 1 ? time.enter() : time.leave()),
    hydrate,
    ...(onHanded === null ? {} : { onEvent: (event) => onHanded(event.id) }),
    onApplied: (applied) => {
      const plan = planBySource.get(applied.source)
      const arrival = plan === undefined ? null : arrivalOf(applied, plan, time.now())
      if (arrival !== null) onArrival(arrival)
    }
  })
  const random = Random.make(options.seed)
  for (const plan of plans) {
    const reconciliation = await Effect.runPromise(
      makeReconciliation(reconciliationPort(receiver), reconciliationOptions(options, plan)).pipe(
        Scope.extend(scope),
        Effect.provide(Layer.merge(FetchHttpClient.layer, logsToStderr)),
        Effect.withClock(time.clock),
        Effect.withRandom(random)
      )
    )
    reconciliations.set(plan.source, reconciliation)
  }
  allReady()
  return {
    receiver,
    tally: () => sumOf([...reconciliations.values()].map(({ tally }) => tally)),
    stop: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await receiver.close()
      return { rejected: await rejectedBy(receiver) }
    }
  }
}

const rejectedBy = async (receiver: Receiver): Promise<number> => {
  const { values } = await receiver.metrics.deliveries.get()
  return values.filter((value) => value.labels.outcome === "unauthorized").reduce((sum, value) => sum + value.value, 0)
}
