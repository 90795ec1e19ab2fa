/** The products that hookshift knows, and which of them a host belongs to. */

import { freshdesk } from "./freshdesk/Catalogue.js"
import type { Provider } from "./Provider.js"

export const providers: Readonly<Record<string, Provider>> = { freshdesk }

export const providerOf = (product: string | null): Provider | null =>
  product === null ? null : (providers[product] ?? null)

export const providerForHost = (host: string): Provider | null => {
  const name = host.replace(/:\d+$/, "")
  return Object.values(providers).find((provider) => provider.hosts.test(name)) ?? null
}
