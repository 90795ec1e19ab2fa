/** Calls: one HTTP request and its response, as recorded. Nothing here is secret: see docs/recorder.md. */
import type { Principal } from "./Principal.js"
import type { EpochMillis } from "./Time.js"

/**
 * A call's id: ordered by time and the same in every recording of the same traffic under the same clock.
 * It is `startedAt * 2048` plus a discriminator, so it stays a safe integer until the year 2109.
 */
export type CallId = number

export const callIdSlots = 2048

/** Whether a call of this moment can have an id. */
export const hasCallId = (startedAt: EpochMillis): boolean =>
  startedAt >= 0 && Number.isSafeInteger((Math.floor(startedAt) + 1) * callIdSlots)

/** All calls of one integration and principal to one endpoint with one query shape: a candidate for a poller. */
export interface Stream {
  readonly id: number
  readonly integration: string
  readonly principal: Principal | null
  /** `null` for a host that no provider knows. */
  readonly product: string | null
  /** The account's host name. */
  readonly account: string
  readonly method: string
  readonly template: string
  readonly query: string
}

export interface Call {
  readonly id: CallId
  readonly stream: number
  readonly startedAt: EpochMillis
  /** `null` where an imported file does not say. */
  readonly durationMs: number | null
  /** `null` when no response came; then `error` has the error's code. */
  readonly status: number | null
  readonly error: string | null
  readonly page: number | null
  readonly since: EpochMillis | null
  /** The id in the path: `42` of `/tickets/42/conversations`. */
  readonly subject: string | null
  readonly requestBytes: number | null
  readonly responseBytes: number | null
  readonly limitTotal: number | null
  readonly limitRemaining: number | null
  readonly retryAfterSeconds: number | null
  /** Entities in the response body; `null` when the body is unknown. */
  readonly items: number | null
  /** How many of them were item versions that this stream had not seen. */
  readonly newVersions: number | null
  /** The recording process; `null` where one file or proxy speaks for many. */
  readonly process: number | null
  /** The response's `Date` less the call's start: whole seconds by the provider's clock. */
  readonly clockMs: number | null
  /** Records that a bulk answer says were not changed. */
  readonly failedRecords: number | null
  /**
   * Salted hashes of the ids of records that a write, or a bulk answer, is about; of an answer those that were not
   * changed come first. `null` where the call tells of none.
   */
  readonly recordHashes: ReadonlyArray<string> | null
}

/** (entity type, entity id, updated_at or content hash), at the moment a stream first saw it. */
export interface ItemVersion {
  readonly stream: number
  readonly call: CallId
  readonly entity: string
  readonly entityId: string
  /** `updated_at` where the entity has one, else a hash of its content. */
  readonly version: string
  readonly updatedAt: EpochMillis | null
  readonly seenAt: EpochMillis
  /** The entity was made at this version: `created_at` equals `updated_at`. */
  readonly created: boolean
  /** Names of the fields that differ from the version before; `null` when this is the first one seen. */
  readonly changed: ReadonlyArray<string> | null
}

/** A program with a key on an account, as a key for groups. */
export const actorOf = ({ account, integration, principal }: Stream): string =>
  `${account}\0${integration}\0${principal ?? ""}`
