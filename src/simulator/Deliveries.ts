/**
 * Pushes: what the installed app, the rules and the workflows send for each change, signed, with the delivery policy, the
 * allowance and the faults in force, and nothing that the real routes do not cover.
 */
import { createHmac } from "node:crypto"
import { Agent, request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import { isRecord } from "../domain/Json.js"
import type { EpochMillis, Timekeeper } from "../domain/Time.js"
import {
  copyAfterMs,
  type DeliveryPolicy,
  eventFor,
  makeDeferral,
  type Provider,
  type PushTiming,
  type Route,
  routes,
  timePush
} from "../providers/index.js"
import type { EntityId } from "./Entity.js"
import type { Faults } from "./Faults.js"
import { randomStream } from "./Randomness.js"
import type { Change, World } from "./World.js"

export interface AppInstall {
  readonly product: string
  readonly url: string
  readonly secret: string
  readonly events: ReadonlyArray<string>
}

/** What a person set up in the admin pages: one workflow for one event, or the product's own webhook. */
export interface WorkflowSetUp {
  readonly product: string
  readonly url: string
  /** Whose allowance it uses; `ui` unless it is a rule. */
  readonly route?: Route
  readonly events: ReadonlyArray<string>
  /** The header that it sends, and its value; a product that signs by itself needs none. */
  readonly header?: string
  readonly secret?: string
  /** By event: the body as pasted, with `{{ticket.id}}` placeholders. */
  readonly bodies?: Readonly<Record<string, string>>
}

/** A post to be made. */
export interface Push {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A post with what it is about. */
export interface EventPush extends Push {
  readonly event: string
  readonly route: Route
}

export interface DeliveryCounts {
  /** Attempts that went out. */
  attempts: number
  /** Events that no attempt got through, and that the policy, a fault or the allowance dropped. */
  dropped: number
  /** Pushes that had to wait for the allowance. */
  deferred: number
  accepted: number
  refused: number
}

/** How each event ended, for whoever checks a receiver against it. */
export interface DeliveryOutcome {
  readonly event: string
  readonly entity: string
  readonly id: EntityId
  readonly at: EpochMillis
  outcome: "pending" | "accepted" | "dropped"
}

export interface DeliveriesOptions {
  readonly seed: number
  readonly account: string
  readonly provider: Provider
  readonly time: Timekeeper
  readonly policy: DeliveryPolicy
  readonly faults: () => Faults
  /** What else this product sends on a change: rules, its own webhooks. */
  readonly senders: ReadonlyArray<(change: Change) => ReadonlyArray<EventPush>>
  /** Told when a post is under way and when it is answered. */
  readonly onPost?: (under: 1 | -1) => void
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
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const counts: DeliveryCounts = { attempts: 0, dropped: 0, deferred: 0, accepted: 0, refused: 0 }
  const outcomes: Array<DeliveryOutcome> = []
  const apps: Array<AppInstall> = []
  const workflows: Array<WorkflowSetUp> = []
  const pending = new Set<() => void>()
  const deferrals = new Map(routes.map((route) => [route, makeDeferral(provider.allowances[route])]))
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

  const post = (message: Push): Promise<number | null> =>
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

  const attempt = (message: Push, outcome: DeliveryOutcome, tries: number): void => {
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
    void post(
      tries === 0 ? message : { ...message, headers: { ...message.headers, "x-retry-count": String(tries) } }
    ).then((status) => {
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
    const deferred = deferrals.get(message.route)!(time.now() + dueMs)
    if (deferred !== null && deferred > 0) counts.deferred += 1
    if (dropped || deferred === null) {
      counts.dropped += 1
      outcome.outcome = "dropped"
      return
    }
    const due = dueMs + deferred
    after(due, () => attempt(message, outcome, 0))
    if (duplicated) after(due + copyAfterMs(random.next), () => attempt(message, { ...outcome }, 0))
  }

  const appPush = (app: AppInstall, event: string, change: Change): EventPush => {
    const left = world.model.notPushed(change.entity)
    const snapshot = Object.fromEntries(Object.entries(change.after).filter(([name]) => !left.has(name)))
    const body = JSON.stringify({
      event,
      entity: change.entity,
      id: change.id,
      updated_at: change.updatedAt,
      occurred_at: change.at,
      account: options.account,
      actor: change.actor,
      snapshot
    })
    const signature = createHmac("sha256", app.secret).update(body).digest("hex")
    return {
      event,
      route: "app",
      url: app.url,
      headers: { "content-type": "application/json", "x-freshworks-signature": signature },
      body
    }
  }

  world.onChange((change) => {
    const pushes: Array<EventPush> = []
    const byApp = eventFor(provider, "app", change.entity, change.action, change.fields)
    for (const app of apps) if (byApp !== null && app.events.includes(byApp)) pushes.push(appPush(app, byApp, change))
    // What a workflow watches is named in it; a stamp that moved by itself is no change to it.
    const byWorkflow =
      change.action === "update" && change.fields.length === 0 ? null : `${change.entity}_${change.action}`
    for (const { bodies, events, header, route = "ui", secret, url } of workflows) {
      const template = byWorkflow === null || !events.includes(byWorkflow) ? undefined : bodies?.[byWorkflow]
      if (byWorkflow === null || template === undefined) continue
      pushes.push({
        event: byWorkflow,
        route,
        url,
        headers: { "content-type": "application/json", ...(header === undefined ? {} : { [header]: secret ?? "" }) },
        body: fillTemplate(template, change)
      })
    }
    for (const sender of options.senders) pushes.push(...sender(change))
    for (const message of pushes)
      push(message, { event: message.event, entity: change.entity, id: change.id, at: change.at, outcome: "pending" })
  })

  return {
    install: (app) => {
      const same = apps.findIndex((other) => other.url === app.url)
      if (same === -1) apps.push(app)
      else apps[same] = app
    },
    setUp: (workflow) => {
      const same = workflows.findIndex((other) => other.url === workflow.url)
      if (same === -1) workflows.push(workflow)
      else workflows[same] = workflow
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

/** `{{ticket.subject}}` and the like; what an entity does not have is empty, as the products leave it. */
export const fillTemplate = (template: string, change: Change): string =>
  template.replace(/\{\{([a-z_]+)\.([a-z_]+)\}\}/g, (_, entity: string, name: string) => {
    if (entity !== change.entity) return ""
    const value = name === "id" || name === "id_numeric" ? change.id : change.after[name]
    if (value === undefined || value === null) return ""
    return isRecord(value) || Array.isArray(value) ? "" : JSON.stringify(String(value)).slice(1, -1)
  })
