/** The settings of sources: which of them cannot be used, and which the inbox's thread reads deliveries by. */
import { isBlank } from "../domain/PlainText.js"
import { allProviders } from "../providers/index.js"
import type { ReadingSettings } from "./inbox/ThreadMessages.js"
import { addressList } from "./intake/Addresses.js"
import { type ReceiverSource, sendersOf } from "./intake/Sources.js"
import { ReceiverError } from "./ReceiverError.js"
import { isPublicKey } from "./signatures/Signature.js"

/** By name: the last part of each hook URL. */
export type SourcesByName = Readonly<Record<string, ReceiverSource>>

/** Throws a `ReceiverError` that names the first source with a wrong setting. */
export const checkSources = (sources: SourcesByName): void => {
  const fail = (message: string) => new ReceiverError({ reason: "secret", message })
  const senders = Object.entries(sources).flatMap(([name, source]) =>
    sendersOf(source).map((sender) => [name, sender] as const)
  )
  for (const [name, { allowFrom, profile, secrets }] of senders) {
    if (profile === "freshchat" && !secrets.every(isPublicKey))
      throw fail(
        `the source ${name} has a freshchat key that is no RSA public key: copy the key from Freshchat's webhook settings, with its BEGIN and END lines`
      )
    if (secrets.every(isBlank))
      throw fail(`the source ${name} has no webhook secret: set the variable that webhook.secretEnv names`)
    if (allowFrom !== undefined && addressList(allowFrom) === null)
      throw new ReceiverError({
        reason: "address",
        message: `the source ${name} has an entry in allowFrom that is not an address: write 203.0.113.7 or 203.0.113.0/24`
      })
  }
}

export const checkProxies = (trustProxy: ReadonlyArray<string>): void => {
  if (addressList(trustProxy) === null)
    throw new ReceiverError({
      reason: "address",
      message: "trustProxy has an entry that is not an address: write 10.0.0.1 or 10.0.0.0/8"
    })
}

/** With the providers that data files have taught this process by now. */
export const readingOf = (sources: SourcesByName): ReadingSettings => ({
  sources: Object.fromEntries(
    Object.entries(sources).map(([name, { product, serviceAccount }]) => [
      name,
      { product: product ?? "freshdesk", serviceAccount: serviceAccount ?? null }
    ])
  ),
  descriptions: allProviders().flatMap(({ described }) => described ?? [])
})
