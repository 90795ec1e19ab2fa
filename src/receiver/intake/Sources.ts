/** A source of deliveries, and the proof that they are its own. */
import type { SignatureSettings } from "../signatures/Signature.js"

export interface ReceiverSource extends SignatureSettings {
  /** The product whose deliveries these are; `freshdesk` unless set. */
  readonly product?: string
  /** The id of the integration's own user at the provider: its changes are echoes. */
  readonly serviceAccount?: string
  /** Addresses that may post, as `203.0.113.7` or `203.0.113.0/24`; any unless set. */
  readonly allowFrom?: ReadonlyArray<string>
}
