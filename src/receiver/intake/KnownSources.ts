/**
 * The sources as the intake needs them: their senders with their address lists, and the headers that their bodies are
 * read by, worked out once.
 */
import { type Provider, providerOf } from "../../providers/index.js"
import type { Headers } from "../signatures/Profile.js"
import { type AddressList, addressList } from "./Addresses.js"
import { type ReceiverSender, type ReceiverSource, sendersOf } from "./Sources.js"

export interface KnownSender extends ReceiverSender {
  /** `null`: any address may post. */
  readonly allowed: AddressList | null
  /** The place of its first secret among all of the source's. */
  readonly firstSecret: number
}

export interface KnownSource {
  readonly provider: Provider | null
  readonly senders: ReadonlyArray<KnownSender>
  /** Headers that the reading of its bodies depends on. */
  readonly telling: ReadonlyArray<string>
}

const tellingHeaders = (provider: Provider | null): ReadonlyArray<string> => [
  ...new Set(provider?.described?.webhook?.payloads.flatMap(({ header }) => (header ? [header.name] : [])) ?? [])
]

export const knownSources = (given: ReadonlyMap<string, ReceiverSource>): ReadonlyMap<string, KnownSource> =>
  new Map(
    [...given].map(([name, source]) => {
      const provider = providerOf(source.product ?? "freshdesk")
      return [name, { provider, senders: knownSenders(source), telling: tellingHeaders(provider) }]
    })
  )

const knownSenders = (source: ReceiverSource): ReadonlyArray<KnownSender> => {
  let firstSecret = 0
  return sendersOf(source).map((sender) => {
    const allowed = sender.allowFrom === undefined ? null : addressList(sender.allowFrom)
    const known = { ...sender, allowed, firstSecret }
    firstSecret += sender.secrets.length
    return known
  })
}

/** Of a delivery's headers those that its body's reading depends on. */
export const tellingOf = ({ telling }: KnownSource, headers: Headers): Readonly<Record<string, string>> => {
  const told: Record<string, string> = {}
  for (const name of telling) {
    const value = headers[name]
    if (typeof value === "string") told[name] = value
  }
  return told
}
