/** One life of the receiver's process, from its start to its end or its kill: production code but for the network and the disk. */
import { HttpClient } from "@effect/platform"
import { Duration, Effect, Exit, Layer, Logger, Random, Redacted, Scope } from "effect"
import { parseTimestamp, type Timekeeper } from "../../src/domain/Time.js"
import type { Policy } from "../../src/policy/index.js"
import { createReceiver, type Receiver } from "../../src/receiver/index.js"
import type { ReceiverSource } from "../../src/receiver/intake/Sources.js"
import { makeReconciliation, type Reconciliation } from "../../src/reconciliation/index.js"
import type { VirtualTime } from "../../src/replay/wire/VirtualTime.js"
import { reconciliationPort } from "../../src/runtime/index.js"
import type { Day } from "./Day.js"
import type { Evidence } from "./Evidence.js"
import { type Disk, linkInThread } from "./linkInThread.js"

export interface Life {
  readonly receiver: Receiver
  /** A post that reaches the receiver; `null` where the connection is cut. */
  readonly deliver: (
    headers: Readonly<Record<string, string>>,
    body: string
  ) => Promise<{ readonly status: number; readonly text: string } | null>
  readonly stop: () => Promise<void>
  readonly kill: () => Promise<void>
}

export const source = "account"
const quiet = Logger.replace(Logger.defaultLogger, Logger.none)
/** Far more tries than a day's faults can use up. */
const retrySeconds = [1, 5, 15, ...Array.from({ length: 200 }, () => 60)]

export const beginLife = async (parts: {
  readonly day: Day
  readonly number: number
  readonly db: string
  readonly time: VirtualTime
  readonly policy: Policy
  readonly disk: Disk
  readonly http: HttpClient.HttpClient
  readonly receiverSource: ReceiverSource
  readonly refuses: () => boolean
  readonly evidence: Evidence
}): Promise<Life> => {
  const { day, evidence, number, policy, time } = parts
  let alive = true
  let work = 0
  const own: Timekeeper = {
    now: time.now,
    at: (when, run, inert) =>
      time.at(
        when,
        () => {
          if (alive) run()
        },
        inert
      )
  }
  const inThread = linkInThread(policy, parts.disk)
  let reconciliation: Reconciliation | null = null
  const receiver = await createReceiver({
    db: parts.db,
    listen: null,
    sources: { [source]: parts.receiverSource },
    time: own,
    policy,
    linkInbox: inThread.link,
    retrySeconds,
    onWork: (change) => {
      if (!alive) return
      work += change
      if (change === 1) time.enter()
      else time.leave()
    },
    hydrate: async (_, entity, id) => {
      if (reconciliation === null) throw new Error("not ready yet")
      const item = await Effect.runPromise(reconciliation.hydrate(entity, id).pipe(Effect.withClock(time.clock)))
      const stamp = parseTimestamp(item?.[day.provider.entities[entity]?.updatedAtField ?? "updated_at"])
      evidence.fetched.push({ at: time.now(), life: number, entity, id, stamp })
      return item
    },
    onEvent: (event) => {
      if (parts.refuses()) throw new Error("not now")
      evidence.handed.push({ ...event, at: time.now() })
    },
    onApplied: (applied) => evidence.applied.push({ ...applied, at: time.now() })
  })
  const scope = Effect.runSync(Scope.make())
  reconciliation = await Effect.runPromise(
    makeReconciliation(reconciliationPort(receiver), {
      source,
      account: day.account,
      provider: day.provider,
      policy,
      client: {
        baseUrl: `https://${day.account}`,
        authentication: { scheme: day.provider.defaultScheme, secret: Redacted.make("key") }
      },
      every: Duration.millis(day.reconcileMs),
      own: day.own,
      ...(day.comparesIds ? { deletionsEvery: Duration.millis(day.reconcileMs) } : {}),
      entities: day.entities,
      onError: (error) =>
        Effect.sync(() => {
          if (error._tag === "SweepFault") evidence.faults.push(error.message)
        }),
      onSkipped: ({ entity, unexpected }) =>
        Effect.sync(() => {
          if (unexpected !== null) evidence.faults.push(`${entity}: ${unexpected}`)
        })
    }).pipe(
      Scope.extend(scope),
      Effect.provide(Layer.merge(Layer.succeed(HttpClient.HttpClient, parts.http), quiet)),
      Effect.withClock(time.clock),
      Effect.withRandom(Random.make(`${day.seed} ${number}`))
    )
  )

  const waiting = new Set<(answer: null) => void>()
  return {
    receiver,
    deliver: (headers, body) => {
      const { intake } = receiver
      const head = { method: "POST", source, headers, remoteAddress: "192.0.2.1" }
      const refusal = intake.admit(head)
      if (refusal !== null) return Promise.resolve(refusal)
      return new Promise((resolve) => {
        waiting.add(resolve)
        intake.deliver(head, Buffer.from(body), (answer) => {
          waiting.delete(resolve)
          resolve(answer)
        })
      })
    },
    stop: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await receiver.close()
      alive = false
    },
    kill: async () => {
      alive = false
      inThread.kill()
      for (; work > 0; work--) time.leave()
      for (const cut of waiting) cut(null)
      await Effect.runPromise(Scope.close(scope, Exit.void))
      receiver.inbox.close()
    }
  }
}
