/** `hookshift`: the instrumented client, in plain TypeScript. */
export {
  type CallObserver,
  type CallStart,
  instrumentFetch,
  openRecorder,
  type Recorder,
  type RecorderOptions,
  type RecorderStats
} from "./capture/index.js"

export { UnsupportedNode } from "./domain/SupportedNode.js"

import type {
  PromiseClientOptions,
  PromiseFreshchat,
  PromiseFreshdesk,
  PromiseFreshsales,
  PromiseFreshservice,
  SharedLimiter
} from "./providers/PromiseClients.js"
import type { FreshworksProduct } from "./providers/Providers.js"

export type {
  FreshworksProduct,
  PromiseClientOptions,
  PromiseFreshchat,
  PromiseFreshdesk,
  PromiseFreshsales,
  PromiseFreshservice,
  SharedLimiter
}

// Loaded when the first client is made: a program that only records does not pay for them.
const clients = () => import("./providers/PromiseClients.js")

/** A Freshdesk client in promises and async iterables. */
export const freshdeskClient = async (options: PromiseClientOptions): Promise<PromiseFreshdesk> =>
  (await clients()).freshdeskClient(options)

/** A Freshservice client in promises and async iterables. */
export const freshserviceClient = async (options: PromiseClientOptions): Promise<PromiseFreshservice> =>
  (await clients()).freshserviceClient(options)

/** A Freshsales client in promises and async iterables. */
export const freshsalesClient = async (options: PromiseClientOptions): Promise<PromiseFreshsales> =>
  (await clients()).freshsalesClient(options)

/** A Freshchat client in promises and async iterables. */
export const freshchatClient = async (options: PromiseClientOptions): Promise<PromiseFreshchat> =>
  (await clients()).freshchatClient(options)

/** A rate limiter for all clients of an account on that plan; rejects for a plan that the product does not have. */
export const accountLimiter = async (product: FreshworksProduct, plan?: string): Promise<SharedLimiter> =>
  (await clients()).accountLimiter(product, plan)
