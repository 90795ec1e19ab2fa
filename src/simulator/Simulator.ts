/**
 * The Freshworks stand-in: real HTTP over a simulated account, plus a control plane (`/_sim/…`) that the real service
 * has not. It is built from FRESHWORKS.md and knows nothing of who reads it. Plain `node:http`: a simulated day makes
 * thousands of calls.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { realTime, type Timekeeper } from "../domain/Time.js"
import { type PlanLimits, providerOf } from "../providers/index.js"
import type { ApiAnswer } from "./Api.js"
import { makeControlPlane } from "./ControlPlane.js"
import type { Deliveries } from "./Deliveries.js"
import { type Faults, noFaults } from "./Faults.js"
import { makeOAuthServer } from "./OAuthServer.js"
import { type CallCount, type SimulatedProduct, type SimulatedProductName, startProduct } from "./Product.js"
import { unitOf } from "./Randomness.js"
import type { World, WorldScript } from "./World.js"

export interface SimulatorOptions {
  readonly host?: string
  readonly port?: number
  /** One product is served at the root and under its own name, several each under its own name. */
  readonly products?: ReadonlyArray<SimulatedProductName>
  /** The account's host name, for a single product; `acme.freshdesk.com` and the like unless set. */
  readonly account?: string
  readonly plan?: string
  /** Limits in place of the plan's. */
  readonly limits?: PlanLimits
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
  /**
   * Under virtual time each call takes network and service time from the stated model, or `instant`: none; live it takes
   * what it takes.
   */
  readonly modelLatency?: boolean | "instant"
  /** Told of every request that arrived (+1 held) and was let go (-1), and of posts under way: how a replay knows when all is quiet. */
  readonly onTraffic?: (what: "arrived" | "released" | "postStarted" | "postEnded") => void
}

export interface Simulator {
  readonly url: string
  readonly port: number
  readonly products: ReadonlyArray<SimulatedProduct>
  /** The first product's. */
  readonly world: World
  readonly deliveries: Deliveries
  readonly calls: () => ReadonlyArray<CallCount>
  readonly setFaults: (faults: Partial<Faults>) => void
  readonly close: () => Promise<void>
}

/** The stated model of network and service time, in milliseconds: there, work, and back with so much per kilobyte. */
export const latencyModel = { thereMs: [15, 40], workMs: [40, 140], backMs: [15, 40], perKilobyteMs: 0.2 } as const

/** Account names that the simulator gives where none is set. */
export const simulatedAccounts: Readonly<Record<SimulatedProductName, string>> = {
  freshdesk: "acme.freshdesk.com",
  freshservice: "acme.freshservice.com",
  freshsales: "acme.myfreshworks.com",
  freshchat: "acme.freshchat.com"
}

const between = ([low, high]: readonly [number, number], unit: number): number => low + (high - low) * unit

export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const time = options.time ?? realTime
  const seed = options.seed ?? 1
  const names = options.products ?? ["freshdesk"]
  const plan = options.plan ?? "garden"
  if (!names.some((name) => providerOf(name)?.plans[plan] !== undefined)) {
    const known = new Set(names.flatMap((name) => Object.keys(providerOf(name)?.plans ?? {})))
    // A product without a plan of the brief's names takes its own; a name that nobody has is a mistake.
    if (options.plan !== undefined) throw new Error(`unknown plan ${plan}: choose one of ${[...known].join(", ")}`)
  }
  let faults: Faults = { ...noFaults, ...options.faults }
  const oauth = makeOAuthServer(time)
  const products = names.map((name) =>
    startProduct(name, {
      account: (names.length === 1 ? options.account : undefined) ?? simulatedAccounts[name],
      plan,
      seed,
      entities: options.entities ?? 400,
      changesPerHour: options.changesPerHour ?? 30,
      deliveryPolicy: options.deliveryPolicy ?? "brief",
      revoked: new Set(options.revoked ?? []),
      time,
      oauth,
      faults: () => faults,
      onPost: (under) => options.onTraffic?.(under === 1 ? "postStarted" : "postEnded"),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.readLagMs === undefined ? {} : { readLagMs: options.readLagMs }),
      ...(options.script === undefined ? {} : { script: options.script }),
      ...(options.changesUntil === undefined ? {} : { changesUntil: options.changesUntil })
    })
  )
  const setFaults = (next: Partial<Faults>): Faults => {
    faults = { ...faults, ...next }
    return faults
  }
  const control = makeControlPlane(products, setFaults)
  const seenTimes = new Map<string, number>()

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

  /** Which product a path is for, and what is left of the path. */
  const placed = (pathname: string): { product: SimulatedProduct; path: string; front: string } | null => {
    for (const product of products) {
      const front = `/${product.provider.product}`
      if (pathname.startsWith(`${front}/`)) return { product, path: pathname.slice(front.length), front }
    }
    return products.length === 1 ? { product: products[0]!, path: pathname, front: "" } : null
  }

  const handle = (request: IncomingMessage, response: ServerResponse, raw: Buffer): void => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`)
    const method = request.method ?? "GET"
    const { authorization } = request.headers
    const place = placed(url.pathname)
    const text = raw.toString("utf8")
    const granted = oauth.answer(method, place?.path ?? url.pathname, url.searchParams, text, authorization ?? "")
    if (granted !== null) return respond(response, granted)
    let body: unknown
    try {
      body = raw.length === 0 ? undefined : JSON.parse(text)
    } catch {
      return respond(response, {
        status: 400,
        body: { code: "invalid_json", message: "Request body has invalid json format" }
      })
    }
    if (url.pathname.startsWith("/_sim/")) return respond(response, control(method, url.pathname, body))
    if (place === null)
      return respond(response, {
        status: 404,
        body: { message: `put the product in front of the path: ${names.map((name) => `/${name}`).join(", ")}` }
      })
    const work = (): ApiAnswer =>
      place.product.handle({
        method,
        path: place.path,
        query: url.searchParams,
        body,
        authorization,
        origin: url.origin + place.front
      })
    if (options.modelLatency === undefined || options.modelLatency === false) return respond(response, work())
    const takes = options.modelLatency === "instant" ? 0 : 1

    // Draws belong to the request itself, so concurrent arrivals in another order change nothing.
    const identity = `${time.now()} ${method} ${url.pathname}${url.search} ${authorization ?? ""}`
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
      time.now() + takes * between(latencyModel.thereMs, unit("there")),
      () => {
        const answer = work()
        const size = answer.body === undefined ? 0 : JSON.stringify(answer.body).length / 1024
        const rest =
          between(latencyModel.workMs, unit("work")) +
          between(latencyModel.backMs, unit("back")) +
          size * latencyModel.perKilobyteMs
        time.at(time.now() + takes * rest, () => {
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
  // Under virtual time connections rest for as long as a slow machine takes: neither side is to close one while a call goes out.
  server.keepAliveTimeout = options.time === undefined ? 60_000 : 600_000
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve)
  })
  const { address, port } = server.address() as AddressInfo
  const host = address.includes(":") ? `[${address}]` : address

  return {
    url: `http://${host}:${port}`,
    port,
    products,
    world: products[0]!.world,
    deliveries: products[0]!.deliveries,
    calls: () => products.flatMap((product) => product.calls()),
    setFaults,
    close: () =>
      new Promise((resolve) => {
        for (const product of products) product.close()
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
