/**
 * Pushes: what the installed app and the rules send for each change, signed, with the brief's retry policy, the faults
 * in force, and nothing that the real routes do not cover.
 */
import { createHmac } from "node:crypto"
import { Agent, request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import type { Timekeeper } from "../domain/Time.js"
import { type DeliveryPolicy, eventFor, freshdesk } from "../providers/index.js"
import type { AutomationRules, RulePost } from "./AutomationRules.js"
import type { Faults } from "./Faults.js"
import { randomStream } from "./Randomness.js"
import type { Change, World } from "./World.js"

export interface AppInstall {
  readonly product: string
  readonly url: string
  readonly secret: string
  readonly events: ReadonlyArray<string>
}

export interface DeliveryCounts {
  /** Attempts that went out. */
  attempts: number
  /** Events that no attempt got through, and that the policy or a fault dropped. */
  dropped: number
  accepted: number
  refused: number
}

/** How each event ended, for whoever checks a receiver against it. */
export interface DeliveryOutcome {
  readonly event: string
  readonly entity: string
  readonly id: number
  readonly updatedAt: string
  outcome: "pending" | "accepted" | "dropped"
}

export interface DeliveriesOptions {
  readonly seed: number
  readonly account: string
  readonly time: Timekeeper
  readonly policy: DeliveryPolicy
  readonly faults: () => Faults
  /** Told when a post is under way and when it is answered. */
  readonly onPost?: (under: 1 | -1) => void
}

export interface Deliveries {
  readonly install: (app: AppInstall) => void
  readonly installed: () => ReadonlyArray<AppInstall>
  readonly counts: DeliveryCounts
  readonly outcomes: ReadonlyArray<DeliveryOutcome>
  readonly close: () => void
}

/** From a change to its first attempt: a second of queueing and an exponential tail, in milliseconds [assumed]. */
export const deliveryLatency = { floorMs: 700, meanTailMs: 1_800, longestMs: 30_000 }

/** Fields that the platform's update payload does not carry (shapes.json, `onTicketUpdate`). */
const notInPayload = new Set(["custom_fields", "deleted"])

export const startDeliveries = (world: World, rules: AutomationRules, options: DeliveriesOptions): Deliveries => {
  const { policy, time } = options
  const random = randomStream(options.seed, "deliveries")
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const counts: DeliveryCounts = { attempts: 0, dropped: 0, accepted: 0, refused: 0 }
  const outcomes: Array<DeliveryOutcome> = []
  const apps: Array<AppInstall> = []
  const pending = new Set<() => void>()

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

  const post = (message: RulePost): Promise<number | null> =>
    new Promise((resolve) => {
      const url = new URL(message.url)
      const send = url.protocol === "https:" ? httpsRequest : httpRequest
      const body = Buffer.from(message.body)
      const outgoing = send(
        url,
        {
          method: "POST",
          ...(url.protocol === "https:" ? {} : { agent }),
          headers: { ...message.headers, "content-length": body.length },
          timeout: policy.ackWithinSeconds * 1000
        },
        (response) => {
          response.resume()
          response.on("close", () => resolve(response.statusCode ?? null))
        }
      )
      outgoing.on("timeout", () => outgoing.destroy(new Error("not acknowledged in time")))
      outgoing.on("error", () => resolve(null))
      outgoing.end(body)
    })

  const attempt = (message: RulePost, outcome: DeliveryOutcome, tries: number): void => {
    const failed = () => {
      counts.refused += 1
      const wait = policy.retryAfterSeconds[tries]
      if (wait === undefined) {
        counts.dropped += 1
        outcome.outcome = "dropped"
      } else after(wait * 1000, () => attempt(message, outcome, tries + 1))
    }
    counts.attempts += 1
    if (options.faults().receiverDown) return failed()
    options.onPost?.(1)
    void post(message).then((status) => {
      if (status === 200) {
        counts.accepted += 1
        outcome.outcome = "accepted"
      } else failed()
      options.onPost?.(-1)
    })
  }

  const push = (message: RulePost, outcome: DeliveryOutcome): void => {
    const faults = options.faults()
    const latency = Math.min(
      deliveryLatency.longestMs,
      deliveryLatency.floorMs + random.exponential(deliveryLatency.meanTailMs)
    )
    const [drop, duplicate, reorder, delay] = [random.next(), random.next(), random.next(), random.next()]
    const held =
      (reorder < faults.reorder ? 5_000 + random.next() * 55_000 : 0) +
      (delay < faults.delay ? 30_000 + random.next() * 570_000 : 0)
    outcomes.push(outcome)
    if (drop < faults.drop) {
      counts.dropped += 1
      outcome.outcome = "dropped"
      return
    }
    after(latency + held, () => attempt(message, outcome, 0))
    if (duplicate < faults.duplicate)
      after(latency + held + 1_000 + random.next() * 20_000, () => attempt(message, { ...outcome }, 0))
  }

  const appMessage = (app: AppInstall, event: string, change: Change): RulePost => {
    const snapshot = Object.fromEntries(Object.entries(change.after).filter(([name]) => !notInPayload.has(name)))
    const body = JSON.stringify({
      event,
      entity: change.entity,
      id: change.id,
      updated_at: change.updatedAt,
      account: options.account,
      actor: { type: "agent", id: 101 },
      snapshot
    })
    const signature = createHmac("sha256", app.secret).update(body).digest("hex")
    return { url: app.url, headers: { "content-type": "application/json", "x-freshworks-signature": signature }, body }
  }

  const outcomeOf = (event: string, change: Change): DeliveryOutcome => ({
    event,
    entity: change.entity,
    id: change.id,
    updatedAt: change.updatedAt,
    outcome: "pending"
  })

  world.onChange((change) => {
    for (const app of apps) {
      const event = eventFor(freshdesk, "app", change.entity, change.action, change.fields)
      if (event !== null && app.events.includes(event)) push(appMessage(app, event, change), outcomeOf(event, change))
    }
    for (const message of rules.postsFor(change)) push(message, outcomeOf(`ticket_${change.action}`, change))
  })

  return {
    install: (app) => {
      const same = apps.findIndex((other) => other.url === app.url)
      if (same === -1) apps.push(app)
      else apps[same] = app
    },
    installed: () => apps,
    counts,
    outcomes,
    close: () => {
      for (const cancel of pending) cancel()
      agent.destroy()
    }
  }
}
