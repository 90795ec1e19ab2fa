/** The mirror for servers on Node that answer a `Request` with a `Response`: Next, Hono, servers of one's own. */
import { refuse } from "../../capture/index.js"
import type { ReadRequest } from "../../receiver/index.js"
import type { Mirror } from "../createMirror.js"
import { type GivenBody, GivenRequest } from "./GivenRequest.js"
import { type HandlerOptions, mountAddress } from "./MountAddress.js"
import { keptBody, readTooEarly } from "./readBody.js"
import { broken, WebResponse } from "./WebResponse.js"

export interface FetchHandlerOptions extends HandlerOptions {
  /** The mount path, such as `/helpdesk`, where requests come with it; links carry it. */
  readonly path?: string
  /** The client's address, for `X-Forwarded-For`; a `Request` does not tell. */
  readonly remoteAddress?: string
}

/**
 * Answers a request. A body that was read before is taken from its `rawBody`, where a framework keeps one. Rejects with
 * the signal's reason where the request is aborted before its answer begins.
 */
export const fetchHandler = (
  mirror: Pick<Mirror, "publicUrl" | "serve">,
  options: FetchHandlerOptions = {}
): ((request: Request) => Promise<Response>) => {
  const { path = "", remoteAddress } = options
  const mount = path.replace(/\/+$/, "")
  return async (request) => {
    const { signal } = request
    signal.throwIfAborted()
    const { host, origin, pathname, protocol, search } = new URL(request.url)
    const below = pathname.slice(mount.length)
    const isBelow = pathname.startsWith(mount) && (below === "" || below.startsWith("/"))
    const body = bodyOf(request)
    const given = new GivenRequest(
      {
        method: request.method,
        url: `${below === "" ? "/" : below}${search}`,
        headers: { host, ...Object.fromEntries(request.headers) },
        rawHeaders: [...request.headers].flat()
      },
      body === "consumed" ? null : body
    )
    const response = new WebResponse(request.method)
    const abort = (): void => void response.destroy(signal.reason as Error)
    signal.addEventListener("abort", abort, { once: true })
    response.once("close", () => {
      signal.removeEventListener("abort", abort)
      given.destroy()
    })
    if (!isBelow)
      refuse(
        given,
        response,
        404,
        "not_found",
        `the mirror is mounted at ${mount}, and asked at another path`,
        "hookshift mirror"
      )
    else if (body === "consumed") refuse(given, response, 500, "body_consumed", readTooEarly, "hookshift mirror")
    else
      mirror.serve(given, response, {
        url: given.url,
        encrypted: protocol === "https:",
        origin: mountAddress(mirror, options, `${origin}${mount}`),
        remoteAddress
      })
    return response.response.catch((error: unknown) => {
      signal.throwIfAborted()
      if (error instanceof DOMException) return broken("broke off its answer")
      throw error
    })
  }
}

const bodyOf = (request: Request): GivenBody | "consumed" => {
  if (!request.bodyUsed && request.body?.locked !== true) return request.body
  const encoding = request.headers.get("content-encoding") ?? undefined
  return keptBody({ rawBody: (request as ReadRequest).rawBody }, encoding) ?? "consumed"
}
