/** A source of deliveries, and the proofs that they are its own. */
import type { SignatureSettings } from "../signatures/Signature.js"

/** A sender: how it proves itself, and from where. */
export interface ReceiverSender extends SignatureSettings {
  /** Addresses that may post, as `203.0.113.7` or `203.0.113.0/24`; any unless set. */
  readonly allowFrom?: ReadonlyArray<string>
  /** The route that its events come by; needed only to tell several of them apart. */
  readonly route?: string
}

export interface ReceiverSource extends ReceiverSender {
  /** The product whose deliveries these are; `freshdesk` unless set. */
  readonly product?: string
  /** The id of the integration's own user at the provider: its changes are echoes. */
  readonly serviceAccount?: string
  /** Further senders to the same hook URL, each with a proof of its own, such as a rule beside an app. */
  readonly further?: ReadonlyArray<ReceiverSender>
}

/** All senders of a source, the first one first. */
export const sendersOf = (source: ReceiverSource): ReadonlyArray<ReceiverSender> => [source, ...(source.further ?? [])]

/** Their secrets in one row: a secret's place in it tells its sender as well. */
export const secretsOf = (source: ReceiverSource): ReadonlyArray<string> =>
  sendersOf(source).flatMap(({ secrets }) => secrets)
