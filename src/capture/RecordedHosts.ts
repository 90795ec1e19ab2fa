/**
 * Which hosts are recorded, and what they are. By default the four products' own; `capture.hosts` adds others, such as a
 * stand-in or a proxy: `127.0.0.1:4010`, or `127.0.0.1:4010=freshdesk@acme.freshdesk.com` to say what it stands for.
 */
import { isProduct, productForHost, providers } from "../providers/index.js"

export interface RecordedHost {
  readonly product: string | null
  readonly account: string
}

export type HostLookup = (host: string, path: string) => RecordedHost | null

export const recordedHosts = (entries: ReadonlyArray<string>): HostLookup => {
  const named = new Map<string, { product: string | null; account: string }>()
  for (const entry of entries) {
    const [host, meaning] = entry.split("=", 2) as [string, string | undefined]
    const [product, account] = (meaning ?? "").split("@", 2) as [string, string | undefined]
    named.set(host.trim().toLowerCase(), {
      product: isProduct(product) ? product : null,
      account: account ?? host.trim().toLowerCase()
    })
  }
  return (host, path) => {
    const known = named.get(host.toLowerCase())
    if (known !== undefined) return { product: known.product ?? productByPath(path), account: known.account }
    const product = productForHost(host)
    return product === null ? null : { product, account: host.toLowerCase() }
  }
}

/** A stand-in host says nothing of its product; its paths may. */
const productByPath = (path: string): string | null =>
  Object.values(providers).find((provider) => path.startsWith(`${provider.pathPrefix}/`))?.product ?? null
