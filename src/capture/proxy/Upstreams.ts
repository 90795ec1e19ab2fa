/** Routes a request to its upstream, by host or by the start of its path, and gives its path there. */
import { requestTarget } from "../../domain/RequestTarget.js"

export interface Upstream {
  /** Requests for this host, such as `chat.local`; `null` for any. */
  readonly host: string | null
  /** Requests below this path, such as `/freshdesk`, which is removed; `null` for any. */
  readonly path: string | null
  readonly url: URL
}

export interface Target {
  readonly upstream: Upstream
  /** Path and query at the upstream. */
  readonly path: string
}

/**
 * The most specific upstream of a request: a host before a path, a longer path before a shorter one. A target in
 * absolute form (`HTTP_PROXY` names this proxy) has the address of an upstream or of this proxy; any other host has
 * no upstream.
 */
export const routeTo = (
  upstreams: ReadonlyArray<Upstream>
): ((host: string, target: string, ownPort?: number) => Target | null) => {
  const ordered = [...upstreams].sort(
    (a, b) => Number(b.host !== null) - Number(a.host !== null) || (b.path ?? "").length - (a.path ?? "").length
  )
  const belowProxy = (host: string, path: string): Target | null => {
    const name = host.toLowerCase()
    const plain = oneSlash(path)
    const upstream = ordered.find(
      (candidate) =>
        (candidate.host === null || candidate.host === name || candidate.host === name.replace(/:\d+$/, "")) &&
        isBelow(plain, candidate.path)
    )
    if (upstream === undefined) return null
    if (path === "*") return { upstream, path }
    const rest = upstream.path === null ? path : plain.slice(upstream.path.length)
    const base = upstream.url.pathname.replace(/\/$/, "")
    return { upstream, path: `${base}${rest.startsWith("/") ? rest : `/${rest}`}` }
  }
  return (host, target, ownPort) => {
    const { authority, path } = requestTarget(target)
    if (authority === null) return belowProxy(host, path)
    const upstream = ordered.find(({ url }) => url.host === authority && isBelow(oneSlash(path), basePathOf(url)))
    if (upstream !== undefined) return { upstream, path }
    const named = ordered.some(
      (candidate) => candidate.host !== null && candidate.host === authority.replace(/:\d+$/, "")
    )
    return named || authority.endsWith(`:${ownPort}`) ? belowProxy(authority, path) : null
  }
}

/** For comparisons only: clients that join a base URL and a path often double the slash between them. */
const oneSlash = (path: string): string => path.replace(/^\/{2,}/, "/")

const basePathOf = (url: URL): string | null => {
  const base = url.pathname.replace(/\/$/, "")
  return base === "" ? null : base
}

const isBelow = (path: string, prefix: string | null): boolean =>
  prefix === null || path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}?`)

/** Replaces an upstream's addresses by the proxy's: `https://acme.freshdesk.com/api` → `http://127.0.0.1:8788/api`. */
export const rebase = (text: string, upstream: Upstream, proxyOrigin: string): string => {
  const base = `${upstream.url.origin}${upstream.url.pathname.replace(/\/$/, "")}`
  return text.replaceAll(base, `${proxyOrigin}${upstream.path ?? ""}`)
}
