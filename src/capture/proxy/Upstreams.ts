/** Which upstream a request goes to, by its host or the start of its path, and what its URL is there. */

export interface Upstream {
  /** Requests for this host, such as `chat.local`; `null` for any. */
  readonly host: string | null
  /** Requests below this path, such as `/freshdesk`, which is taken off; `null` for any. */
  readonly path: string | null
  readonly url: URL
}

export interface Target {
  readonly upstream: Upstream
  /** Path and query at the upstream. */
  readonly path: string
}

/** The upstream that says most about the request: a host before a path, a longer path before a shorter one. */
export const routeTo = (upstreams: ReadonlyArray<Upstream>): ((host: string, path: string) => Target | null) => {
  const ordered = [...upstreams].sort(
    (a, b) => Number(b.host !== null) - Number(a.host !== null) || (b.path ?? "").length - (a.path ?? "").length
  )
  return (host, path) => {
    const name = host.toLowerCase()
    const upstream = ordered.find(
      (one) =>
        (one.host === null || one.host === name || one.host === name.replace(/:\d+$/, "")) && isBelow(path, one.path)
    )
    if (upstream === undefined) return null
    const rest = path.slice(upstream.path?.length ?? 0)
    const base = upstream.url.pathname.replace(/\/$/, "")
    return { upstream, path: `${base}${rest.startsWith("/") ? rest : `/${rest}`}` }
  }
}

const isBelow = (path: string, prefix: string | null): boolean =>
  prefix === null || path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}?`)

/** Where an upstream's own addresses are to be found at the proxy: `https://acme.freshdesk.com/api` → `http://127.0.0.1:8788/api`. */
export const rebase = (text: string, upstream: Upstream, proxyOrigin: string): string => {
  const base = `${upstream.url.origin}${upstream.url.pathname.replace(/\/$/, "")}`
  return text.replaceAll(base, `${proxyOrigin}${upstream.path ?? ""}`)
}
