/**
 * The sources as the intake needs them: their address lists and the headers that their bodies are read by, worked out
 * once.
 */
import { type Provider, providerOf } from "../../providers/index.js"
import type { Headers } from "../signatures/Profile.js"
import { type AddressList, addressList } from "./Addresses.js"
import type { ReceiverSource } from "./Sources.js"

export interface KnownSource extends ReceiverSource {
  readonly provider: Provider | null
  /** `null`: any address may post. */
  readonly allowed: AddressList | null
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
      const allowed = source.allowFrom === undefined ? null : addressList(source.allowFrom)
      return [name, { ...source, provider, allowed, telling: tellingHeaders(provider) }]
    })
  )

/** Of a delivery's headers those that its body's reading depends on. */
export const tellingOf = ({ telling }: KnownSource, headers: Headers): Readonly<Record<string, string>> => {
  const told: Record<string, string> = {}
  for (const name of telling) {
    const value = headers[name]
    if (typeof value === "string") told[name] = value
  }
  return told
}
