/**
 * The model's input: an account with its changes, pollers and pushes, the receiver, and the faults that go
 * wrong. Plain data, so that a worker thread can be sent it. Moments are epoch milliseconds, spans milliseconds.
 */
import type { WindowFault } from "../../domain/Fault.js"
import { noPushFaults, type OwnIntervals, type PushFaults, type SweepRule } from "../../providers/index.js"

export interface EntityTypeSpec {
  readonly name: string
  /** Whether the receiver looks after it; others are listed only because their dependants are wanted. */
  readonly wanted: boolean
  readonly sweep: SweepRule
  /** Index of the type whose dependant this one is, and -1 where it has no parent. */
  readonly parent: number
  /** Whether its creation moves its parent's stamp. */
  readonly touches: boolean
  /** Pushes tell of each of its creations and updates: between its own turns, the stamps of its parents decide. */
  readonly told?: boolean
  /** A push carries all that a list shows: its change is a duplicate where a sweep found it first. */
  readonly wholePushes?: boolean
  /** Whether a deletion ever shows: by an event, a list of deleted ones, or its absence from a whole list. */
  readonly deletionsShow: boolean
}

/** A change of an entity. `touch` moves its stamp and nothing else of it, as a reply does to its ticket. */
export const actions = ["create", "update", "delete", "touch"] as const
export const action = { create: 0, update: 1, delete: 2, touch: 3 } as const

/** An event of the route is fired. */
export const pushes = 1
/** A delivery tells of it: its own, or that of the reply which moved its stamp. */
export const covered = 2
/** The changed field is in no push: a later push of the same entity does not carry it either. */
export const notCarried = 8
/** Of an account with several routes: the one at this place pushes the change as well. */
export const pushedBy = (place: number): number => 16 << place
/** An unseen change: it completes the changes that later ones overwrote, by the estimated rate. */
export const estimated = 4

/** Changes in the order of their moments, a column for each property. */
export interface ChangeTable {
  readonly count: number
  readonly at: Float64Array
  /** The stamp that the provider gives it: often whole seconds. */
  readonly stamp: Float64Array
  readonly entity: Int32Array
  readonly action: Uint8Array
  /** `pushes`, `covered`, `estimated`, `notCarried` and `pushedBy`, added up. */
  readonly flags: Uint8Array
}

/** Changes by a random process: each entity changes at random, all equally often. */
export interface ChangeProcess {
  readonly perSecond: number
  /** Shares of the changes that fire an event. */
  readonly pushedShare: number
}

export interface EntityTable {
  readonly count: number
  /** Index into the types. */
  readonly type: Uint8Array
  /** The entity whose dependant it is, or -1. */
  readonly parent: Int32Array
  /** Its stamp at the start; NaN for one that is created later. */
  readonly stamp: Float64Array
  /** Which field of its parent's embed tells of it, from 1 on; 0 for none. Unknown of recorded entities. */
  readonly tell?: Uint8Array
}

export interface PollerSpec {
  readonly name: string
  /** Index of the type that it lists; -1 for one that brings nothing that is looked at. */
  readonly type: number
  /** `since` asks for what changed, `newest` reads pages until it meets what it knows, `whole` reads all of it. */
  readonly mode: "since" | "newest" | "whole" | "blind"
  readonly everyMs: number
  /** Up to so much earlier or later, evenly. */
  readonly jitterMs: number
  /** From the start of the window to its first sweep; `null` draws it within the interval. */
  readonly phaseMs: number | null
  readonly perPage: number
  /**
   * It takes a page that is not full for the last one, and so reads one more where the last one is; else it is told.
   */
  readonly endsShort: boolean
  /**
   * Pages of a sweep that reads all, on average, and all calls of a `blind` one; 0 where they follow from what is
   * there.
   */
  readonly pages: number
  /** How far before its last sweep a `since` poller asks. */
  readonly overlapMs: number
  /** Calls for each version that is new to it, on average. */
  readonly detailCalls: number
  /** It reads the dependants of what is new to it: one call each. */
  readonly readsChildren: boolean
  /** It reads the dependants of all that it lists, and theirs: so many calls a sweep, on average; 0: it does not. */
  readonly walkCalls: number
  /** Webhooks replace it. */
  readonly replaced: boolean
  /**
   * Twice as long after a sweep that found nothing, up to so long, and at once back to `everyMs` after one that did; 0:
   * never.
   */
  readonly adaptiveUpToMs: number
}

/** How a route's deliveries come. */
export interface RouteSpec {
  /** The route's allowance, or the account's limit, which its pushes share with calls; `null` where none is known. */
  readonly allowance: { readonly requests: number; readonly period: "minute" | "hour" } | "limit" | null
  /** The push tells of an id only: the entity has to be fetched. */
  readonly thin: boolean
  /** The body tells the moment of the change, finer than its stamp. */
  readonly tellsMoment: boolean
  /** The product makes them by itself, and not an app. */
  readonly native?: boolean
}

/** The deliveries of the account's first route, and of those beside it. */
export interface DeliverySpec extends RouteSpec {
  /** Waits before each further try. */
  readonly retryAfterMs: ReadonlyArray<number>
  /** Routes beside the first one; `pushedBy` says which of them push a change. */
  readonly further?: ReadonlyArray<RouteSpec>
  /** An answer that takes longer is none. */
  readonly ackWithinMs: number
}

export interface ReceiverSpec {
  readonly reconcileMs: number
  /** Entity types with an interval of their own, in milliseconds. */
  readonly own?: OwnIntervals
  readonly overlapMs: number
  /** After so long a read is taken to show a write, its dependants', and all that shares its stamp. */
  readonly readableWithinMs: number
  /** From arrival to the disk. */
  readonly commitMs: number
  /** From the disk to the entity state. */
  readonly applyMs: number
  /** How long the keys of deliveries are remembered. */
  readonly rememberMs: number
}

export type FaultWindow = {
  readonly kind: WindowFault
  readonly from: number
  readonly to: number
}

export interface FaultSpec extends PushFaults {
  /** Share of the deliveries that reach the disk too late to be acknowledged in time. */
  readonly slowAck: number
  readonly windows: ReadonlyArray<FaultWindow>
  /** Moments at which the receiver's process is killed and started again. */
  readonly restarts: ReadonlyArray<number>
  /** How far the receiver's clock is ahead. */
  readonly skewMs: number
}

export const noFaults: FaultSpec = {
  ...noPushFaults,
  slowAck: 0,
  windows: [],
  restarts: [],
  skewMs: 0
}

export interface Scenario {
  readonly account: string
  readonly from: number
  readonly to: number
  /** Until when losses may still be healed: retries, and a reconciliation of every kind. */
  readonly settledAt: number
  readonly seed: number
  readonly types: ReadonlyArray<EntityTypeSpec>
  readonly entities: EntityTable
  readonly changes: ChangeTable | ChangeProcess
  /** Stamps are whole multiples of this; 1,000 where the product writes seconds. */
  readonly stampMs: number
  /** Upper bound of the lag until a write is readable. */
  readonly readLagMs: number
  /** Duration of a call; 0 makes the order that of the wire replay without latency. */
  readonly callMs: number
  readonly pollers: ReadonlyArray<PollerSpec>
  readonly delivery: DeliverySpec
  readonly receiver: ReceiverSpec
  readonly faults: FaultSpec
  /** Calls that the account may make in a period; `null` where it is unknown. */
  readonly limit: { readonly calls: number; readonly periodMs: number } | null
  /** By minute of the window: calls of pollers that stay. */
  readonly keptPerMinute: Uint32Array
}

/** All routes of the account, the first one first. */
export const routesIn = ({ delivery }: Pick<Scenario, "delivery">): ReadonlyArray<RouteSpec> => [
  delivery,
  ...(delivery.further ?? [])
]

/** A moment as the provider's stamps have it. */
export const wholeStamp = ({ stampMs }: Pick<Scenario, "stampMs">, at: number): number =>
  Math.floor(at / stampMs) * stampMs
