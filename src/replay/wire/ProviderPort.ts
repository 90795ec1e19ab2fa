/**
 * The provider's side of a replay: an account that changes, an API over real HTTP, signed
 * deliveries, and the truth about all of it. The replay knows nothing else of it.
 */
import type { Action } from "../../domain/Event.js"
import type { EpochMillis, Timekeeper } from "../../domain/Time.js"
import type { PushFaults } from "../../providers/index.js"

export interface TrueChange {
  readonly account: string
  readonly at: EpochMillis
  readonly entity: string
  readonly id: string
  readonly action: Action
  readonly updatedAt: EpochMillis
  /** Empty when nothing but the stamp moved. */
  readonly fields: ReadonlyArray<string>
  /** The entity whose dependant it is: the ticket of a reply. */
  readonly parent: { readonly entity: string; readonly id: string } | null
}

export interface PushOutcome {
  readonly account: string
  readonly entity: string
  readonly id: string
  /** When the change was. */
  readonly at: EpochMillis
  readonly outcome: "pending" | "accepted" | "dropped"
}

/** One account of the provider's side. */
export interface ProviderPortAccount {
  readonly account: string
  readonly product: string
  /** The address of its API: the base URL of a configured source. */
  readonly url: string
}

/** How pushes are asked for: an app's install, or a set-up by hand. */
export interface PushSetUp {
  readonly account: string
  readonly route: "app" | "rule" | "ui"
  readonly url: string
  readonly secret: string
  /** The header that carries the secret where the sender cannot sign. */
  readonly header: string
  readonly events: ReadonlyArray<string>
  /** By event: the body that a person would paste; empty where the product writes its own. */
  readonly bodies: Readonly<Record<string, string>>
  /** By event: the fields that it watches; all that the route has for an event without any. */
  readonly watches: Readonly<Record<string, ReadonlyArray<string>>>
}

export interface ProviderPort {
  readonly accounts: ReadonlyArray<ProviderPortAccount>
  readonly truth: () => ReadonlyArray<TrueChange>
  /** Calls so far. */
  readonly calls: () => number
  /** The key that deliveries are verified with, where it is not the secret. */
  readonly install: (setUp: PushSetUp) => { readonly publicKey: string | null }
  readonly pushes: () => {
    readonly attempts: number
    readonly dropped: number
    readonly outcomes: ReadonlyArray<PushOutcome>
  }
  readonly close: () => Promise<void>
}

export interface ProviderPortOptions {
  readonly time: Timekeeper
  readonly seed: number
  readonly changesUntil: EpochMillis
  readonly faults: PushFaults
  readonly onTraffic: (what: "arrived" | "released" | "postStarted" | "postEnded") => void
}

export type StartProviderPort = (options: ProviderPortOptions) => Promise<ProviderPort>

/** The polling integrations, or some of them, running against the simulated account under virtual time. */
export interface RunningPollers {
  /** Resolves once everything that was called so far is in the database. */
  readonly flush: () => Promise<void>
  /** They start nothing more; calls under way end. */
  readonly rest: () => void
  readonly stop: () => Promise<void>
}

/** The account of that name, or an error for a caller that mixed up two environments. */
export const accountOf = (providerPort: ProviderPort, account: string): ProviderPortAccount => {
  const found = providerPort.accounts.find((one) => one.account === account)
  if (found === undefined) throw new Error(`nobody stands in for ${account}`)
  return found
}
