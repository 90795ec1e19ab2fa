/** A simulated account of a product: its world, its API behind authentication and limits, and its deliveries. */
import { createHash } from "node:crypto"
import type { AccountScript } from "../domain/AccountScript.js"
import type { Timekeeper } from "../domain/Time.js"
import {
  creditsOf,
  endpointMatcher,
  type FreshworksProduct,
  type PlanLimits,
  type Provider,
  periodMs,
  providerOf
} from "../providers/index.js"
import type { Api, ApiAnswer } from "./Api.js"
import { makeBulkJobs } from "./BulkJobs.js"
import type { Caller, Keys } from "./Callers.js"
import { type Deliveries, startDeliveries } from "./Deliveries.js"
import type { EntityId } from "./Entity.js"
import type { EventPush, Push } from "./EventPush.js"
import type { Faults } from "./Faults.js"
import { freshchatApi } from "./freshchat/Api.js"
import { freshchatModel } from "./freshchat/Model.js"
import { makeFreshchatWebhooks } from "./freshchat/Webhooks.js"
import { agentOf } from "./freshdesk/Agents.js"
import { freshdeskApi } from "./freshdesk/Api.js"
import { makeAutomationRules } from "./freshdesk/AutomationRules.js"
import { freshdeskModel } from "./freshdesk/Model.js"
import { freshsalesApi } from "./freshsales/Api.js"
import { freshsalesModel } from "./freshsales/Model.js"
import { freshserviceApi } from "./freshservice/Api.js"
import { freshserviceModel } from "./freshservice/Model.js"
import type { OAuthServer } from "./OAuthServer.js"
import { drawnUuid, randomStream } from "./Randomness.js"
import { makeRateLimits } from "./RateLimits.js"
import { makeWorld, type World, type WorldOptions } from "./World.js"
import type { Change, WorldModel } from "./WorldModel.js"

export type SimulatedProductName = FreshworksProduct

export interface ProductOptions {
  readonly account: string
  /** A plan's name; the product's own middle one where it has none of that name. */
  readonly plan: string
  /** Limits in place of the plan's. */
  readonly limits?: PlanLimits
  readonly seed: number
  readonly entities: number
  readonly changesPerHour: number
  readonly changesUntil?: number
  readonly script?: AccountScript
  readonly readLagMs?: number
  readonly deliveryPolicy: string
  readonly revoked: Keys["revoked"]
  /** Keys whose users may see a part of the account only; none unless set. */
  readonly restricted?: Keys["restricted"]
  /** How much later than the lists a search shows a change, in milliseconds; 0 unless set (Freshdesk). */
  readonly searchLagMs?: number
  /** How many workspaces the account has; one unless set (Freshservice). */
  readonly workspaces?: number
  readonly time: Timekeeper
  readonly faults: () => Faults
  readonly oauth: OAuthServer
  readonly onPost: (under: 1 | -1) => void
  readonly post?: (message: Push) => Promise<number | null>
}

export interface CallCount {
  readonly product: string
  readonly method: string
  readonly endpoint: string
  readonly status: number
  readonly principal: string
  count: number
}

export interface ProductRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  readonly authorization: string | undefined
  /** The part in front of `path` in links that lead back here. */
  readonly origin: string
}

export interface SimulatedProduct {
  readonly provider: Provider
  readonly account: string
  readonly world: World
  readonly deliveries: Deliveries
  readonly handle: (request: ProductRequest) => ApiAnswer
  readonly calls: () => ReadonlyArray<CallCount>
  /** Switches the product's own webhooks on; `null` where it has none that sign. */
  readonly setUpWebhook: ((url: string) => { readonly publicKey: string }) | null
  /** Removes a ticket field that rules may name; `null` where the product has no rules. */
  readonly removeField: ((name: string) => void) | null
  readonly close: () => void
}

interface Parts {
  readonly api: Api
  readonly sender: (change: Change) => ReadonlyArray<EventPush>
  readonly setUpWebhook: SimulatedProduct["setUpWebhook"]
  readonly removeField: SimulatedProduct["removeField"]
  /** The user who writes with such a key; the model's own where the product has none. */
  readonly writer?: (caller: Caller) => EntityId | null
}

const models: Readonly<Record<SimulatedProductName, WorldModel>> = {
  freshdesk: freshdeskModel,
  freshservice: freshserviceModel,
  freshsales: freshsalesModel,
  freshchat: freshchatModel
}

export const modelOf = (name: SimulatedProductName): WorldModel => models[name]

const partsOf = (name: SimulatedProductName, world: World, options: ProductOptions): Parts => {
  const jobs = makeBulkJobs(name, options.seed, options.time, () => options.faults().bulk)
  const quiet = { sender: () => [], setUpWebhook: null, removeField: null }
  switch (name) {
    case "freshdesk": {
      const rules = makeAutomationRules()
      const { postsFor: sender, removeField } = rules
      const api = freshdeskApi(world, rules, jobs, options.searchLagMs ?? 0)
      const writer = (caller: Caller) => (agentOf(world, caller)?.["id"] as EntityId | undefined) ?? null
      return { api, sender, setUpWebhook: null, removeField, writer }
    }
    case "freshservice":
      return { api: freshserviceApi(world, options.workspaces), ...quiet }
    case "freshsales":
      return { api: freshsalesApi(world, jobs, new Set(options.script?.views ?? [])), ...quiet }
    case "freshchat": {
      const webhooks = makeFreshchatWebhooks()
      return { ...quiet, api: freshchatApi(world), sender: webhooks.pushesFor, setUpWebhook: webhooks.setUp }
    }
  }
}

export const startProduct = (name: SimulatedProductName, options: ProductOptions): SimulatedProduct => {
  const provider = providerOf(name)!
  const plan =
    options.limits ?? provider.plans[options.plan] ?? provider.plans["growth"] ?? Object.values(provider.plans)[0]!
  const limits = makeRateLimits(plan)
  const match = endpointMatcher(provider)
  const worldOptions: WorldOptions = {
    model: models[name],
    seed: options.seed,
    time: options.time,
    entities: options.entities,
    changesPerHour: options.changesPerHour,
    ...(options.readLagMs === undefined ? {} : { readLagMs: options.readLagMs }),
    ...(options.script === undefined ? {} : { script: options.script }),
    ...(options.changesUntil === undefined ? {} : { changesUntil: options.changesUntil })
  }
  const world = makeWorld(worldOptions)
  const { api, removeField, sender, setUpWebhook, writer } = partsOf(name, world, options)
  const deliveries = startDeliveries(world, {
    seed: options.seed,
    account: options.account,
    provider,
    time: options.time,
    policy: provider.deliveryPolicies[options.deliveryPolicy] ?? provider.deliveryPolicies["brief"]!,
    faults: options.faults,
    limit: { take: limits.push, periodMs: periodMs[plan.period] },
    senders: [sender],
    onPost: options.onPost,
    ...(options.post === undefined ? {} : { post: options.post })
  })
  const counts = new Map<string, CallCount>()
  const requestIds = randomStream(options.seed, `request ids of ${name}`)

  /** The key or token that a request shows, if it shows it in the product's way. */
  const credential = (authorization = ""): { key: string; valid: boolean } => {
    const bearer = /^Bearer (.+)$/.exec(authorization)?.[1]
    if (bearer !== undefined) {
      const state = options.oauth.check(bearer)
      return { key: bearer, valid: state === "valid" || (state === "unknown" && provider.defaultScheme === "bearer") }
    }
    if (provider.defaultScheme === "basic") {
      const basic = /^Basic (.+)$/.exec(authorization)?.[1]
      const key = basic === undefined ? "" : (Buffer.from(basic, "base64").toString("utf8").split(":")[0] ?? "")
      return { key, valid: key !== "" }
    }
    const key = /^Token token=(.+)$/.exec(authorization)?.[1] ?? ""
    return { key, valid: provider.defaultScheme === "token" && key !== "" }
  }

  const handle = (request: ProductRequest): ApiAnswer => {
    const { method, path } = request
    const prefix = provider.pathPrefixes.find((known) => path.startsWith(`${known}/`))
    const matched = match(method, path)
    const { key, valid } = credential(request.authorization)
    const principal = key === "" ? "none" : createHash("sha256").update(key).digest("hex").slice(0, 8)
    const credits = creditsOf(provider, matched.endpoint, request.query.get("include"))
    const state = limits.call(`${method} ${matched.template}`, credits, options.time.now())
    const answer = (): ApiAnswer => {
      if (!state.allowed)
        return {
          status: 429,
          headers: { "retry-after": String(state.retryAfterSeconds) },
          body: { message: `You have exceeded the limit of requests per ${plan.period}` }
        }
      if (!valid || options.revoked.has(key))
        return {
          status: 401,
          body: { code: "invalid_credentials", message: "You have to be logged in to perform this action." }
        }
      if (prefix === undefined) return { status: 404 }
      const caller: Caller = { principal, restricted: options.restricted?.has(key) === true }
      const asked = { ...request, path: path.slice(prefix.length), base: request.origin + prefix, caller }
      const work = () => api(asked, options.time.now())
      return method === "GET" ? work() : world.throughApi(work, writer?.(caller) ?? null)
    }
    const made = answer()
    const counted = `${method} ${matched.template} ${made.status} ${principal}`
    const known = counts.get(counted)
    if (known === undefined)
      counts.set(counted, {
        product: name,
        method,
        endpoint: matched.template,
        status: made.status,
        principal,
        count: 1
      })
    else known.count += 1
    return {
      ...made,
      headers: {
        // Public clients quote it in their errors [field].
        "x-request-id": drawnUuid(requestIds),
        "x-ratelimit-total": String(state.total),
        "x-ratelimit-remaining": String(state.remaining),
        "x-ratelimit-used-currentrequest": String(credits),
        ...made.headers
      }
    }
  }

  return {
    provider,
    account: options.account,
    world,
    deliveries,
    handle,
    calls: () => [...counts.values()],
    setUpWebhook,
    removeField,
    close: () => {
      world.stop()
      deliveries.close()
    }
  }
}
