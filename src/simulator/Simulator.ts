/**
 * The Freshworks stand-in: real HTTP over a simulated account, plus a control plane (`/_sim/…`) that the real service
 * has not. It is built from FRESHWORKS.md and knows nothing of who reads it. Plain `node:http`: a simulated day makes
 * thousands of calls.
 */

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { AccountScript } from "../domain/AccountScript.js"
import { realTime, type Timekeeper } from "../domain/Time.js"
import { type PlanLimits, providerOf } from "../providers/index.js"
import { makeControlPlane } from "./ControlPlane.js"
import type { Deliveries } from "./Deliveries.js"
import { type Faults, noFaults } from "./Faults.js"
import { makeLatency } from "./Latency.js"
import { makeOAuthServer } from "./OAuthServer.js"
import { type CallCount, type SimulatedProduct, type SimulatedProductName, startProduct } from "./Product.js"
import { requestHandler } from "./Requests.js"
import type { World } from "./World.js"

export interface SimulatorOptions {
  readonly host?: string
  readonly port?: number
  /** A single product is served at the root and under its own name, several each under their own names. */
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
  readonly script?: AccountScript
  /** Upper bound of the lag until a write is readable, in milliseconds; default `longestReadLagMs`. */
  readonly readLagMs?: number
  readonly faults?: Partial<Faults>
  /** A name of the provider's delivery policies; the brief's by default. */
  readonly deliveryPolicy?: string
  readonly revoked?: ReadonlyArray<string>
  /** Keys whose users may see a part of each account only. */
  readonly restricted?: ReadonlyArray<string>
  /** How much later than the lists a search shows a change, in milliseconds; default 0. */
  readonly searchLagMs?: number
  readonly time?: Timekeeper
  /**
   * Under virtual time each call takes network and service time from the stated model, or `instant`: none; live it
   * takes what it takes.
   */
  readonly modelLatency?: boolean | "instant"
  /**
   * Told of every request that arrived (+1 held) and was let go (-1), and of posts under way: how a replay knows when
   * all is quiet.
   */
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

/** Account names that the simulator gives where none is set. */
export const simulatedAccounts: Readonly<Record<SimulatedProductName, string>> = {
  freshdesk: "acme.freshdesk.com",
  freshservice: "acme.freshservice.com",
  freshsales: "acme.myfreshworks.com",
  freshchat: "acme.freshchat.com"
}

/** A product without a plan of that name takes its own; a plan that none of the products has is a mistake. */
const refuseUnknownPlan = (names: ReadonlyArray<SimulatedProductName>, plan: string): void => {
  const known = new Set(names.flatMap((name) => Object.keys(providerOf(name)?.plans ?? {})))
  if (!known.has(plan)) throw new Error(`unknown plan ${plan}: choose one of ${[...known].join(", ")}`)
}

export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const time = options.time ?? realTime
  const seed = options.seed ?? 1
  const names = options.products ?? ["freshdesk"]
  const plan = options.plan ?? "garden"
  if (options.plan !== undefined) refuseUnknownPlan(names, options.plan)
  let faults: Faults = { ...noFaults, ...options.faults }
  const oauth = makeOAuthServer(time)
  const keys = { revoked: new Set(options.revoked), restricted: new Set(options.restricted) }
  const products = names.map((name) =>
    startProduct(name, {
      account: (names.length === 1 ? options.account : undefined) ?? simulatedAccounts[name],
      plan,
      seed,
      entities: options.entities ?? 400,
      changesPerHour: options.changesPerHour ?? 30,
      deliveryPolicy: options.deliveryPolicy ?? "brief",
      ...keys,
      time,
      oauth,
      faults: () => faults,
      onPost: (under) => options.onTraffic?.(under === 1 ? "postStarted" : "postEnded"),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.searchLagMs === undefined ? {} : { searchLagMs: options.searchLagMs }),
      ...(options.readLagMs === undefined ? {} : { readLagMs: options.readLagMs }),
      ...(options.script === undefined ? {} : { script: options.script }),
      ...(options.changesUntil === undefined ? {} : { changesUntil: options.changesUntil })
    })
  )
  const setFaults = (next: Partial<Faults>): Faults => {
    faults = { ...faults, ...next }
    return faults
  }
  const { modelLatency, onTraffic } = options
  const hold =
    modelLatency === undefined || modelLatency === false
      ? null
      : makeLatency({
          seed,
          time,
          instant: modelLatency === "instant",
          onTraffic: (what) => onTraffic?.(what)
        })
  const handle = requestHandler({
    products,
    oauth,
    control: makeControlPlane(products, keys, setFaults),
    now: time.now,
    hold
  })

  const server: Server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => handle(request, response, Buffer.concat(chunks)))
    request.on("error", () => response.destroy())
  })
  // Under virtual time connections rest for as long as a slow machine takes: neither side is to close one while a call
  // goes out.
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
