/** The products that hookshift knows, and which of them a host belongs to. */

import { freshdesk } from "./freshdesk/Catalogue.js"
import type { Provider } from "./Provider.js"

export const providers: Readonly<Record<string, Provider>> = { freshdesk }

export const providerOf = (product: string | null): Provider | null =>
  product === null ? null : (providers[product] ?? null)

/**
 * Where the four products are (FRESHWORKS.md, "Products, base URLs"; `freshsales.io` is where older accounts and clients
 * are). A product can be told by its host before its catalogue is here.
 */
const hosts: Readonly<Record<string, RegExp>> = {
  freshdesk: /(?:^|\.)freshdesk\.com$/i,
  freshservice: /(?:^|\.)freshservice\.com$/i,
  freshsales: /(?:^|\.)(?:myfreshworks\.com|freshsales\.io)$/i,
  freshchat: /(?:^|\.)freshchat\.com$/i
}

export const isProduct = (name: string): boolean => Object.hasOwn(hosts, name)

/** The product that a host (with or without a port) belongs to. */
export const productForHost = (host: string): string | null => {
  const name = host.replace(/:\d+$/, "")
  return Object.keys(hosts).find((product) => hosts[product]!.test(name)) ?? null
}
