/** The inbox's file with its keys and its settings: all that each part of the inbox needs. */
import { type Policy, policy } from "../../policy/index.js"
import { freshdesk, type Provider } from "../../providers/index.js"
import { type InboxConnection, openInboxConnection } from "../../store/index.js"
import type { InboxKey } from "./KeyRing.js"
import { makeSeal, type Seal } from "./SealedBodies.js"
import { keysFor } from "./SealingKeys.js"

export interface InboxOptions {
  readonly salt?: string
  readonly mustExist?: boolean
  /** The keys of sealed bodies, where a setting names them; else they are in the file beside the database. */
  readonly key?: InboxKey | undefined
  /** How long to wait for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number
  /** The provider of a source; Freshdesk unless given. */
  readonly providerOf?: (source: string) => Provider | null
  readonly policy?: Policy | undefined
  /** The integration's own user at the provider, by source. */
  readonly serviceAccountOf?: (source: string) => string | null
}

export interface InboxFile extends InboxConnection {
  readonly sealed: Seal
  readonly key: InboxKey
  readonly policy: Policy
  readonly providerOf: (source: string) => Provider | null
  readonly serviceAccountOf: (source: string) => string | null
  readonly sealJson: (value: unknown) => Buffer
  readonly openText: (blob: Uint8Array) => string
}

/** An inbox has what a receiver took: a recording alone makes none. */
export const inboxRemedy = "hookshift receive makes it"

export const openInboxFile = (file: string, options: InboxOptions): InboxFile => {
  const connection = openInboxConnection(file, { busyTimeoutMs: 250, remedy: inboxRemedy, ...options })
  let key: ReturnType<typeof keysFor>
  try {
    // Commands that need the database to be there make no key either.
    key = keysFor(connection.database, file, { key: options.key, readOnly: options.mustExist === true })
  } catch (error) {
    connection.database.close()
    throw error
  }
  const sealed = makeSeal(key)
  return {
    ...connection,
    sealed,
    key,
    policy: options.policy ?? policy,
    providerOf: options.providerOf ?? (() => freshdesk),
    serviceAccountOf: options.serviceAccountOf ?? (() => null),
    sealJson: (value) => sealed.seal(Buffer.from(JSON.stringify(value))),
    openText: (blob) => sealed.open(blob).toString("utf8")
  }
}
