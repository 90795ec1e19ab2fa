/**
 * The webhook path for real: the receiver with its durable inbox, its reconciliation against the provider's API, and
 * the provider's signed deliveries, all on loopback and all under the replay's clock.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { HistoryLine } from "../../domain/History.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { CallTally } from "../../reconciliation/index.js"
import type { FinalState, WebhookArrival } from "./PathDiff.js"
import { type ReceiverLife, startReceiverLife } from "./ReceiverLife.js"
import type { ReplayEnvironment } from "./ReplayEnvironment.js"
import type { ReplayPlan } from "./ReplayPlan.js"
import { setUpSenders } from "./Senders.js"

export interface WebhookPathOptions {
  readonly db: string
  readonly plans: ReadonlyArray<ReplayPlan>
  readonly reconcileSeconds: number
  readonly seed: number
  /** Events are handed to a handler; yes unless set. */
  readonly handsOver?: boolean
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
  /** The inbox at the end, as a history. */
  readonly history: () => ReadonlyArray<HistoryLine>
  readonly acknowledgements: () => ReadonlyArray<number>
  /** The first answer of the provider that reconciliation did not understand; `null` for none. */
  readonly refusal: () => string | null
  /** Whether the receiver runs. */
  readonly receives: () => boolean
  readonly stop: () => Promise<void>
}

const added = (a: CallTally, b: CallTally | undefined): CallTally => ({
  reconciliation: a.reconciliation + (b?.reconciliation ?? 0),
  hydration: a.hydration + (b?.hydration ?? 0),
  retries: a.retries + (b?.retries ?? 0)
})

export const startWebhookPath = async (
  environment: ReplayEnvironment,
  options: WebhookPathOptions
): Promise<WebhookPath> => {
  const { outage, plans } = options
  const { providerPort, time } = environment
  const arrivals: Array<WebhookArrival> = []
  const handed = new Map<string, number>()
  const acknowledgements: Array<number> = []
  let earlier: CallTally = { reconciliation: 0, hydration: 0, retries: 0 }
  let rejected = 0
  let refusal: string | null = null
  let starts = 0

  const port = await freePort()
  const sources = setUpSenders(providerPort, plans, port)
  const start = (): Promise<ReceiverLife> =>
    startReceiverLife({
      environment,
      db: options.db,
      port,
      sources,
      plans,
      reconcileSeconds: options.reconcileSeconds,
      seed: `${options.seed} ${++starts}`,
      onArrival: (arrival) => arrivals.push(arrival),
      onHanded: options.handsOver === false ? null : (id) => void handed.set(id, (handed.get(id) ?? 0) + 1),
      onRefusal: (message) => {
        refusal ??= message
      }
    })
  let life: ReceiverLife | null = await start()
  const stop = async (): Promise<void> => {
    const ending = life
    if (ending === null) return
    const stopped = await ending.stop()
    life = null
    earlier = added(earlier, ending.tally())
    acknowledgements.push(...ending.receiver.acknowledgements())
    rejected += stopped.rejected
  }

  const during = (work: () => Promise<void>) => () => {
    time.enter()
    void work().finally(() => time.leave())
  }
  if (outage !== null) {
    time.at(outage.from, during(stop))
    time.at(
      outage.to,
      during(async () => {
        life = await start()
      })
    )
  }

  let duplicates = 0
  let finals: ReadonlyArray<FinalState> = []
  let history: ReadonlyArray<HistoryLine> = []
  return {
    arrivals,
    handed,
    tally: () => added(earlier, life?.tally()),
    duplicates: () => duplicates,
    rejected: () => rejected,
    finalStates: () => finals,
    history: () => history,
    acknowledgements: () => acknowledgements,
    refusal: () => refusal,
    receives: () => life !== null,
    stop: async () => {
      if (life === null) return
      const { inbox } = life.receiver
      duplicates = inbox.list(Number.MAX_SAFE_INTEGER).reduce((sum, line) => sum + line.duplicates, 0)
      finals = plans.flatMap(({ account, entities, source }) =>
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
      await stop()
    }
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
