/**
 * The Freshworks stand-in: real HTTP over a simulated account, plus a control plane (`/_sim/…`) that the real service
 * has not. It is built from FRESHWORKS.md and knows nothing of who reads it. Plain `node:http`: a simulated day makes
 * thousands of calls.
 */

import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Action } from "../domain/Event.js"
import { realTime, type Timekeeper } from "../domain/Time.js"
import { freshdesk } from "../providers/index.js"
import type { ApiAnswer } from "./ApiAnswer.js"
import { type AutomationRules, makeAutomationRules } from "./AutomationRules.js"
import { type Deliveries, startDeliveries } from "./Deliveries.js"
import type { EntityName } from "./Entity.js"
import { type Faults, noFaults } from "./Faults.js"
import { answerFreshdesk, matchEndpoint } from "./FreshdeskApi.js"
import { unitOf } from "./Randomness.js"
import { makeRateLimits } from "./RateLimits.js"
import { makeWorld, type World, type WorldScript } from "./World.js"

export interface SimulatorOptions {
  readonly host?: string
  readonly port?: number
  readonly account?: string
  readonly plan?: string
  readonly seed?: number
  readonly entities?: number
  readonly changesPerHour?: number
  readonly changesUntil?: number
  /** A world that is given instead of drawn. */
  readonly script?: WorldScript
  /** Upper bound of the lag until a write is readable, in milliseconds; 800 unless set. */
  readonly readLagMs?: number
  readonly faults?: Partial<Faults>
  /** A name of the provider's delivery policies; the brief's by default. */
  readonly deliveryPolicy?: string
  readonly revoked?: ReadonlyArray<string>
  readonly time?: Timekeeper
  /** Under virtual time each call takes network and service time from the stated model; live it takes what it takes. */
  readonly modelLatency?: boolean
  /** Told of every request that arrived (+1 held) and was let go (-1), and of posts under way: how a replay knows when all is quiet. */
  readonly onTraffic?: (what: "arrived" | "released" | "postStarted" | "postEnded") => void
}

export interface CallCount {
  readonly method: string
  readonly endpoint: string
  readonly status: number
  readonly principal: string
  count: number
}

export interface Simulator {
  readonly url: string
  readonly port: number
  readonly world: World
  readonly deliveries: Deliveries
  readonly rules: AutomationRules
  readonly calls: () => ReadonlyArray<CallCount>
  readonly setFaults: (faults: Partial<Faults>) => void
  readonly close: () => Promise<void>
}

/** The stated model of network and service time, in milliseconds: there, work, and back with so much per kilobyte. */
export const latencyModel = { thereMs: [15, 40], workMs: [40, 140], backMs: [15, 40], perKilobyteMs: 0.2 } as const

const between = ([low, high]: readonly [number, number], unit: number): number => low + (high - low) * unit

export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const time = options.time ?? realTime
  const seed = options.seed ?? 1
  const account = options.account ?? "acme.freshdesk.com"
  const plan = freshdesk.plans[options.plan ?? "garden"]
  if (plan === undefined)
    throw new Error(`unknown plan ${options.plan}: choose one of ${Object.keys(freshdesk.plans).join(", ")}`)
  const limit = makeRateLimits(plan)
  const revoked = new Set(options.revoked ?? [])
  let faults: Faults = { ...noFaults, ...options.faults }
  const world = makeWorld({
    seed,
    time,
    entities: options.entities ?? 400,
    changesPerHour: options.changesPerHour ?? 30,
    ...(options.readLagMs === undefined ? {} : { readLagMs: options.readLagMs }),
    ...(options.script === undefined ? {} : { script: options.script }),
    ...(options.changesUntil === undefined ? {} : { changesUntil: options.changesUntil })
  })
  const rules = makeAutomationRules()
  const deliveries = startDeliveries(world, rules, {
    seed,
    account,
    time,
    policy: freshdesk.deliveryPolicies[options.deliveryPolicy ?? "brief"] ?? freshdesk.deliveryPolicies["brief"]!,
    faults: () => faults,
    onPost: (under) => options.onTraffic?.(under === 1 ? "postStarted" : "postEnded")
  })
  const counts = new Map<string, CallCount>()
  const seenTimes = new Map<string, number>()

  const count = (method: string, path: string, status: number, principal: string): void => {
    const endpoint = matchEndpoint(method, path).template
    const key = `${method} ${endpoint} ${status} ${principal}`
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { method, endpoint, status, principal, count: 1 })
    else known.count += 1
  }

  const apiAnswer = (
    request: IncomingMessage,
    url: URL,
    path: string,
    body: unknown
  ): { answer: ApiAnswer; principal: string } => {
    const key = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1]
    const apiKey = key === undefined ? "" : (Buffer.from(key, "base64").toString("utf8").split(":")[0] ?? "")
    const principal = apiKey === "" ? "none" : createHash("sha256").update(apiKey).digest("hex").slice(0, 8)
    const method = request.method ?? "GET"
    const state = limit(`${method} ${matchEndpoint(method, path).template}`, time.now())
    const headers = {
      "x-ratelimit-total": String(state.total),
      "x-ratelimit-remaining": String(state.remaining),
      "x-ratelimit-used-currentrequest": "1"
    }
    const answer = (): ApiAnswer => {
      if (!state.allowed) {
        return {
          status: 429,
          headers: { "retry-after": String(state.retryAfterSeconds) },
          body: { message: "You have exceeded the limit of requests per minute" }
        }
      }
      if (apiKey === "" || revoked.has(apiKey)) {
        return {
          status: 401,
          body: { code: "invalid_credentials", message: "You have to be logged in to perform this action." }
        }
      }
      return answerFreshdesk(
        world,
        rules,
        { method, path, query: url.searchParams, body, origin: url.origin },
        time.now()
      )
    }
    const made = answer()
    return { principal, answer: { ...made, headers: { ...headers, ...made.headers } } }
  }

  const control = (request: IncomingMessage, path: string, body: unknown): ApiAnswer => {
    switch (`${request.method} ${path}`) {
      case "GET /_sim/truth":
        return {
          status: 200,
          body: world.truth.map((change) => ({
            at: new Date(change.at).toISOString(),
            product: change.product,
            entity: change.entity,
            id: change.id,
            action: change.action,
            updated_at: change.updatedAt,
            fields: change.fields
          }))
        }
      case "GET /_sim/calls":
        return {
          status: 200,
          body: { total: [...counts.values()].reduce((sum, line) => sum + line.count, 0), calls: [...counts.values()] }
        }
      case "GET /_sim/apps":
        return { status: 200, body: deliveries.installed().map(({ secret, ...app }) => app) }
      case "POST /_sim/changes": {
        if (!Array.isArray(body))
          return {
            status: 400,
            body: { message: "send an array of changes: [{product, entity, id?, action, fields?}]" }
          }
        const made = (body as Array<Record<string, unknown>>).map((wanted) =>
          world.change(
            wanted["entity"] as EntityName,
            wanted["action"] as Action,
            typeof wanted["id"] === "number" ? wanted["id"] : null,
            (wanted["fields"] as Record<string, unknown> | undefined) ?? {}
          )
        )
        return {
          status: 200,
          body: made.map((record) => (record === null ? null : { id: record.id, updated_at: record.updated_at }))
        }
      }
      case "POST /_sim/faults":
        faults = { ...faults, ...(body as Partial<Faults>) }
        return { status: 200, body: faults }
      case "POST /_sim/apps": {
        const app = body as { product?: string; url?: string; secret?: string; events?: Array<string> } | undefined
        if (app?.url === undefined || app.secret === undefined || !Array.isArray(app.events))
          return { status: 400, body: { message: "send {product, url, secret, events:[…]}" } }
        deliveries.install({
          product: app.product ?? "freshdesk",
          url: app.url,
          secret: app.secret,
          events: app.events
        })
        return { status: 201, body: { installed: true } }
      }
      default:
        return {
          status: 404,
          body: {
            message:
              "the control plane has GET /_sim/truth, /_sim/calls, /_sim/apps and POST /_sim/changes, /_sim/faults, /_sim/apps"
          }
        }
    }
  }

  const respond = (response: ServerResponse, answer: ApiAnswer): void => {
    const body = answer.body === undefined ? "" : JSON.stringify(answer.body)
    response.writeHead(answer.status, {
      ...(body === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
      ...(answer.status === 204 ? {} : { "content-length": Buffer.byteLength(body) }),
      date: new Date(time.now()).toUTCString(),
      ...answer.headers
    })
    response.end(body)
  }

  const handle = (request: IncomingMessage, response: ServerResponse, raw: Buffer): void => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`)
    // Served at the root and under the product's own prefix alike.
    const path = url.pathname.replace(/^\/freshdesk(?=\/)/, "")
    let body: unknown
    try {
      body = raw.length === 0 ? undefined : JSON.parse(raw.toString("utf8"))
    } catch {
      return respond(response, {
        status: 400,
        body: { code: "invalid_json", message: "Request body has invalid json format" }
      })
    }
    if (path.startsWith("/_sim/")) return respond(response, control(request, path, body))
    const work = (): ApiAnswer => {
      const { answer, principal } = apiAnswer(request, url, path, body)
      count(request.method ?? "GET", path, answer.status, principal)
      return answer
    }
    if (options.modelLatency !== true) return respond(response, work())

    // Draws belong to the request itself, so concurrent arrivals in another order change nothing.
    const identity = `${time.now()} ${request.method} ${url.pathname}${url.search} ${request.headers.authorization ?? ""}`
    const nth = (seenTimes.get(identity) ?? 0) + 1
    if (seenTimes.size > 10_000) seenTimes.clear()
    seenTimes.set(identity, nth)
    const unit = (part: string) => unitOf(seed, `${identity} ${nth} ${part}`)
    let held = true
    options.onTraffic?.("arrived")
    const release = () => {
      if (!held) return
      held = false
      options.onTraffic?.("released")
    }
    response.on("close", release)
    time.at(
      time.now() + between(latencyModel.thereMs, unit("there")),
      () => {
        const answer = work()
        const size = answer.body === undefined ? 0 : JSON.stringify(answer.body).length / 1024
        const rest =
          between(latencyModel.workMs, unit("work")) +
          between(latencyModel.backMs, unit("back")) +
          size * latencyModel.perKilobyteMs
        time.at(time.now() + rest, () => {
          release()
          respond(response, answer)
        })
      },
      true
    )
  }

  const server: Server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => handle(request, response, Buffer.concat(chunks)))
    request.on("error", () => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve)
  })
  const { address, port } = server.address() as AddressInfo
  const host = address.includes(":") ? `[${address}]` : address

  return {
    url: `http://${host}:${port}`,
    port,
    world,
    deliveries,
    rules,
    calls: () => [...counts.values()],
    setFaults: (next) => {
      faults = { ...faults, ...next }
    },
    close: () =>
      new Promise((resolve) => {
        world.stop()
        deliveries.close()
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
