/** Whose deliveries the receiver takes, and how it tells that they are theirs. */
import type { SignatureSettings } from "./Signature.js"

export interface ReceiverSource extends SignatureSettings {
  /** The product whose deliveries these are; `freshdesk` unless set. */
  readonly product?: string
  /** The id of the integration's own user at the provider: its changes are echoes. */
  readonly serviceAccount?: string
}
