/** From when to when both paths were watched for one poller and entity type, or why they were not. Pure. */
import type { EpochMillis } from "../domain/Time.js"
import type { PolledStream } from "../store/index.js"
import type { Arrivals } from "./Arrivals.js"
import { wholeSecondMs } from "./ChangeOutcomes.js"
import type { ShadowedAccount, ShadowSettings } from "./Settings.js"
import { type Subscribed, subscriptionTo } from "./SubscribedEvents.js"

export interface WatchWindow {
  /** By the provider's clock. */
  readonly from: EpochMillis
  /** By the program's clock. */
  readonly to: EpochMillis
}

export type NotWatched =
  | { readonly kind: "no source"; readonly account: string }
  | { readonly kind: "no delivery"; readonly source: string }
  | { readonly kind: "not subscribed"; readonly entity: string }
  | { readonly kind: "no push of the type"; readonly entity: string; readonly source: string }
  | { readonly kind: "too early"; readonly from: EpochMillis; readonly watchSeconds: number }

/** The side of the comparison that the receiver sees. */
export interface PushSide {
  readonly account: ShadowedAccount
  readonly arrivals: Arrivals
  readonly subscribed: Subscribed
}

/** When a poller was last known to run. */
export const watchedTo = (stream: PolledStream, { now }: ShadowSettings): EpochMillis =>
  Math.min(now, stream.lastCallAt)

export const watchWindow = (
  stream: PolledStream,
  entity: string,
  { account, arrivals, subscribed }: PushSide,
  settings: ShadowSettings
): WatchWindow | NotWatched => {
  const { source } = account
  const ownPush = arrivals.all.find((one) => one.origin === "webhook" && one.entity === entity)
  const firstPush = ownPush ?? arrivals.all.find(({ origin }) => origin === "webhook")
  if (firstPush === undefined) return { kind: "no delivery", source }
  if (ownPush === undefined) {
    const subscription = subscriptionTo(subscribed, entity)
    if (subscription === "none") return { kind: "not subscribed", entity }
    if (subscription === "unknown") return { kind: "no push of the type", entity, source }
  }
  // Earlier changes of that second may precede the subscription.
  const from = Math.max(stream.firstCallAt + stream.clockAheadMs, firstPush.updatedAt + wholeSecondMs)
  const to = watchedTo(stream, settings) - settings.settleMs
  return from > to + stream.clockAheadMs
    ? { kind: "too early", from, watchSeconds: Math.ceil((from - stream.clockAheadMs - to) / 1000) }
    : { from, to }
}
