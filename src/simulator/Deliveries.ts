/**
 * Deliveries: the posts that each change makes, with the delivery policy, the allowance and the faults in force, and
 * nothing that the real routes do not cover.
 */
import type { EpochMillis, Timekeeper } from "../domain/Time.js"
import {
  copyAfterMs,
  type DeliveryPolicy,
  eventFor,
  isShared,
  makeDeferral,
  makeDeferredPushes,
  type Provider,
  type PushTiming,
  routes,
  timePush
} from "../providers/index.js"
import type { EntityId } from "./Entity.js"
import { type AppInstall, appPush, type EventPush, type Push, type WorkflowSetUp, workflowPush } from "./EventPush.js"
import type { Faults } from "./Faults.js"
import { makePoster } from "./Poster.js"
import { randomStream } from "./Randomness.js"
import type { World } from "./World.js"
import type { Change } from "./WorldModel.js"

export interface DeliveryCounts {
  /** Attempts that went out. */
  attempts: number
  /** Events that no attempt got through, and that the policy, a fault or the allowance dropped. */
  dropped: number
  /** Pushes that had to wait for the allowance, or for the account's limit. */
  deferred: number
  accepted: number
  refused: number
}

/** How each event ended, for tests and replays that check a receiver. */
export interface DeliveryOutcome {
  readonly event: string
  readonly entity: string
  readonly id: EntityId
  readonly at: EpochMillis
  outcome: "pending" | "accepted" | "dropped"
}

/** A try of a delivery: how many were made before it. */
interface Attempt {
  readonly message: EventPush
  readonly outcome: DeliveryOutcome
  readonly tries: number
}

export interface DeliveriesOptions {
  readonly seed: number
  readonly account: string
  readonly provider: Provider
  readonly time: Timekeeper
  readonly policy: DeliveryPolicy
  readonly faults: () => Faults
  /** The account's rate limit, which pushes of some routes use. */
  readonly limit: { readonly take: (now: EpochMillis) => boolean; readonly periodMs: number }
  /** The product's other senders: rules, its own webhooks. */
  readonly senders: ReadonlyArray<(change: Change) => ReadonlyArray<EventPush>>
  /** Told when a post is under way and when it is answered. */
  readonly onPost?: (under: 1 | -1) => void
  /** How a post travels: its status, `null` where no answer came in time. Over HTTP unless given. */
  readonly post?: (message: Push) => Promise<number | null>
}

export interface Deliveries {
  readonly install: (app: AppInstall) => void
  readonly setUp: (workflow: WorkflowSetUp) => void
  readonly installed: () => ReadonlyArray<AppInstall>
  readonly counts: DeliveryCounts
  readonly outcomes: ReadonlyArray<DeliveryOutcome>
  readonly close: () => void
}

export const startDeliveries = (world: World, options: DeliveriesOptions): Deliveries => {
  const { policy, provider, time } = options
  const random = randomStream(options.seed, `deliveries of ${provider.product}`)
  const poster = makePoster(policy.ackWithinSeconds * 1000)
  const counts: DeliveryCounts = { attempts: 0, dropped: 0, deferred: 0, accepted: 0, refused: 0 }
  const outcomes: Array<DeliveryOutcome> = []
  const apps: Array<AppInstall> = []
  const workflows: Array<WorkflowSetUp> = []
  const pending = new Set<() => void>()
  const allowances = { ...provider.allowances, ...policy.allowances }
  const deferrals = new Map(
    routes.map((route) => {
      const allowance = allowances[route]
      return [route, makeDeferral(isShared(allowance) ? undefined : allowance)]
    })
  )
  const deferred = makeDeferredPushes<Attempt>(options.limit.periodMs)
  const timing: PushTiming = { dueMs: 0, dropped: false, duplicated: false }

  const after = (ms: number, run: () => void): void => {
    const cancel = time.at(
      time.now() + ms,
      () => {
        pending.delete(cancel)
        run()
      },
      true
    ) // a post that goes out is told by onPost
    pending.add(cancel)
  }

  const drop = (outcome: DeliveryOutcome): void => {
    counts.dropped += 1
    outcome.outcome = "dropped"
  }

  const drainAt = (at: number | null): void => {
    if (at === null) return
    after(at - time.now(), () =>
      drainAt(
        deferred.drain(time.now(), {
          take: options.limit.take,
          goesOut: send,
          dropped: ({ outcome }) => drop(outcome)
        })
      )
    )
  }

  /** A try goes out, unless it uses the account's limit and finds no call left in it. */
  const attempt = (one: Attempt): void => {
    if (!isShared(allowances[one.message.route]) || options.limit.take(time.now())) return send(one)
    counts.deferred += 1
    drainAt(deferred.defer(one, time.now()))
  }

  const send = ({ message, outcome, tries }: Attempt): void => {
    const failed = () => {
      counts.refused += 1
      const wait = policy.retryAfterSeconds[tries]
      if (wait === undefined) drop(outcome)
      else after(wait * 1000, () => attempt({ message, outcome, tries: tries + 1 }))
    }
    counts.attempts += 1
    if (options.faults().receiverDown) return failed()
    options.onPost?.(1)
    const again = { ...message, headers: { ...message.headers, "x-retry-count": String(tries) } }
    void (options.post ?? poster.post)(tries === 0 ? message : again).then((status) => {
      if (status === 200) {
        counts.accepted += 1
        outcome.outcome = "accepted"
      } else failed()
      options.onPost?.(-1)
    })
  }

  const push = (message: EventPush, outcome: DeliveryOutcome): void => {
    timePush(random.next, options.faults(), timing)
    const { dropped, dueMs, duplicated } = timing
    outcomes.push(outcome)
    const waits = deferrals.get(message.route)!(time.now() + dueMs)
    if (waits !== null && waits > 0) counts.deferred += 1
    if (dropped || waits === null) return drop(outcome)
    const due = dueMs + waits
    after(due, () => attempt({ message, outcome, tries: 0 }))
    if (duplicated) after(due + copyAfterMs(random.next), () => attempt({ message, outcome: { ...outcome }, tries: 0 }))
  }

  /** Whether a set-up of a route fires: for the fields that the route can watch; a touch was told of as such. */
  const covers = ({ event, route }: EventPush, { action, entity, fields }: Change): boolean =>
    provider.routes[route] === undefined ||
    (action === "update" && fields.length === 0) ||
    eventFor(provider, route, entity, action, fields) === event

  world.onChange((change) => {
    const pushes: Array<EventPush> = []
    const byApp = eventFor(provider, "app", change.entity, change.action, change.fields)
    if (byApp !== null)
      for (const app of apps)
        if (app.events.includes(byApp)) pushes.push(appPush(app, byApp, change, world.model, options.account))
    for (const workflow of workflows) {
      const made = workflowPush(workflow, change, provider)
      if (made !== null && covers(made, change)) pushes.push(made)
    }
    for (const sender of options.senders) pushes.push(...sender(change))
    for (const message of pushes)
      push(message, { event: message.event, entity: change.entity, id: change.id, at: change.at, outcome: "pending" })
  })

  return {
    install: (app) => replaceByUrl(apps, app),
    setUp: (workflow) => replaceByUrl(workflows, workflow),
    installed: () => apps,
    counts,
    outcomes,
    close: () => {
      for (const cancel of pending) cancel()
      poster.close()
    }
  }
}

/** Adds a sender, in place of the one with the same URL. */
const replaceByUrl = <A extends { readonly url: string }>(all: Array<A>, one: A): void => {
  const same = all.findIndex(({ url }) => url === one.url)
  if (same === -1) all.push(one)
  else all[same] = one
}
