/**
 * The webhook path for real: the receiver with its durable inbox, its reconciliation against the stand-in's API, and
 * the stand-in's signed deliveries, all on loopback and all under the replay's clock.
 */
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Exit, Random, Redacted, Scope } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import {
  type CallTally,
  createReceiver,
  makeReconciliation,
  type Receiver,
  type Reconciliation
} from "../receiver/index.js"
import type { FinalState, WebhookArrival } from "./Comparison.js"
import type { Stage } from "./Stage.js"

export interface WebhookPathOptions {
  readonly db: string
  readonly source: string
  readonly product: string
  readonly events: ReadonlyArray<string>
  readonly entities: ReadonlyArray<string>
  readonly conversations: boolean
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
  readonly acknowledgements: () => ReadonlyArray<number>
  readonly stop: () => Promise<void>
}

const secret = "replay-webhook-secret"
const apiKey = "replay-receiver-key"

interface Running {
  readonly receiver: Receiver
  readonly reconciliation: Reconciliation
  readonly stop: () => Promise<void>
}

export const startWebhookPath = async (stage: Stage, options: WebhookPathOptions): Promise<WebhookPath> => {
  const { standIn, time } = stage
  const arrivals: Array<WebhookArrival> = []
  const handed = new Map<string, number>()
  const acknowledgements: Array<number> = []
  const earlier: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
  let rejectedEarlier = 0
  let starts = 0

  const start = async (port: number): Promise<Running> => {
    const receiver = await createReceiver({
      db: options.db,
      listen: { host: "127.0.0.1", port },
      sources: { [options.source]: { profile: "freshworks", secrets: [secret] } },
      time,
      onWork: (change) => (change === 1 ? time.enter() : time.leave()),
      onEvent: (event) => {
        handed.set(event.id, (handed.get(event.id) ?? 0) + 1)
      },
      onApplied: ({ event, late, origin }) => {
        if (event.updatedAt !== null && !late) {
          const parent = event.entity === "conversation" ? event.snapshot?.["ticket_id"] : undefined
          arrivals.push({
            entity: event.entity,
            id: event.entityId,
            updatedAt: event.updatedAt,
            at: time.now(),
            origin,
            parent: parent === undefined ? null : String(parent)
          })
        }
      }
    })
    const scope = Effect.runSync(Scope.make())
    // A seed of its own for each start, so that retries wait alike in every run.
    const random = Random.make(`${options.seed} ${++starts}`)
    const reconciliation = await Effect.runPromise(
      makeReconciliation(receiver, {
        source: options.source,
        account: standIn.account,
        provider: { baseUrl: standIn.url, authentication: { scheme: "basic", secret: Redacted.make(apiKey) } },
        every: Duration.seconds(options.reconcileSeconds),
        entities: options.entities,
        conversations: options.conversations,
        onRefreshed: (entity, id, updatedAt) =>
          arrivals.push({ entity, id, updatedAt, at: time.now(), origin: "reconciliation", parent: null })
      }).pipe(
        Scope.extend(scope),
        Effect.provide(FetchHttpClient.layer),
        Effect.withClock(time.clock),
        Effect.withRandom(random)
      )
    )
    const { tally } = reconciliation
    return {
      receiver,
      reconciliation,
      stop: async () => {
        await Effect.runPromise(Scope.close(scope, Exit.void))
        await receiver.close()
        earlier.reconciliation += tally.reconciliation
        earlier.hydration += tally.hydration
        earlier.retries += tally.retries
        acknowledgements.push(...receiver.acknowledgements())
        rejectedEarlier += await rejectedBy(receiver)
      }
    }
  }

  let running: Running | null = await start(0)
  const { port } = running.receiver
  standIn.install({
    product: options.product,
    url: `${running.receiver.url}/hooks/${options.source}`,
    secret,
    events: options.events
  })

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
  return {
    arrivals,
    handed,
    tally: () => {
      const now = running?.reconciliation.tally
      return {
        reconciliation: earlier.reconciliation + (now?.reconciliation ?? 0),
        hydration: earlier.hydration + (now?.hydration ?? 0),
        retries: earlier.retries + (now?.retries ?? 0)
      }
    },
    duplicates: () => duplicates,
    rejected: () => rejected,
    finalStates: () => finals,
    acknowledgements: () => acknowledgements,
    stop: async () => {
      if (running !== null) {
        const { inbox } = running.receiver
        duplicates = inbox.list(Number.MAX_SAFE_INTEGER).reduce((sum, line) => sum + line.duplicates, 0)
        const entities = new Set([...options.entities, "conversation"])
        finals = [...entities].flatMap((entity) =>
          inbox
            .states(options.source, entity)
            .map((state) => ({ entity, id: state.entityId, updatedAt: state.updatedAt, deleted: state.deleted }))
        )
        await running.stop()
        running = null
      }
      rejected = rejectedEarlier
    }
  }
}

const rejectedBy = async (receiver: Receiver): Promise<number> => {
  const { values } = await receiver.metrics.deliveries.get()
  return values.filter((value) => value.labels.outcome === "unauthorized").reduce((sum, value) => sum + value.value, 0)
}
