/** The products that hookshift knows, those that a data file has taught it, and which of them a host belongs to. */

import { tableOf } from "../domain/Table.js"
import { freshchat } from "./freshchat/Catalogue.js"
import { freshdesk } from "./freshdesk/Catalogue.js"
import { freshsales } from "./freshsales/Catalogue.js"
import { freshservice } from "./freshservice/Catalogue.js"
import type { Provider } from "./Provider.js"

/** The four products, in the order in which a shared path is taken for theirs. */
export const freshworksProducts = ["freshdesk", "freshservice", "freshsales", "freshchat"] as const
export type FreshworksProduct = (typeof freshworksProducts)[number]

/** Deliveries, recordings and configurations ask for entity types, events and plans in their own words. */
const withTables = (provider: Provider): Provider => ({
  ...provider,
  entities: tableOf(provider.entities),
  routes: Object.fromEntries(Object.entries(provider.routes).map(([route, covered]) => [route, tableOf(covered)])),
  sweeps: tableOf(provider.sweeps),
  appEvents: tableOf(provider.appEvents),
  plans: tableOf(provider.plans)
})

const known = new Map<string, Provider>(
  [freshdesk, freshservice, freshsales, freshchat].map((provider) => [provider.product, withTables(provider)])
)

/** Every provider that is known by now. */
export const allProviders = (): ReadonlyArray<Provider> => [...known.values()]

/** Teaches this process a provider; one of the same name takes the place of the one before. */
export const addProvider = (provider: Provider): void => {
  known.set(provider.product, withTables(provider))
}

/** Takes these in place of all that data files have taught before: a configuration was read again, or is put back. */
export const replaceDescribed = (providers: ReadonlyArray<Provider>): void => {
  for (const { described, product } of allProviders()) if (described !== undefined) known.delete(product)
  providers.forEach(addProvider)
}

export const providerOf = (product: string | null): Provider | null =>
  product === null ? null : (known.get(product) ?? null)

export const isProduct = (name: string): boolean => known.has(name)

/** The product that a host (with or without a port) belongs to. */
export const productForHost = (host: string): string | null => {
  const name = host.replace(/:\d+$/, "")
  return allProviders().find((provider) => provider.hosts.test(name))?.product ?? null
}

/** The product whose API has this path, for a host that says nothing: by its own name in front, else by its prefix. */
export const productForPath = (path: string): string | null => {
  const providers = allProviders()
  const has = (provider: Provider, from: string) =>
    provider.pathPrefixes.some((prefix) => prefix !== "" && from.startsWith(`${prefix}/`))
  return (
    (
      providers.find(
        (provider) => path.startsWith(`/${provider.product}/`) && has(provider, path.slice(provider.product.length + 1))
      ) ?? providers.find((provider) => has(provider, path))
    )?.product ?? null
  )
}
