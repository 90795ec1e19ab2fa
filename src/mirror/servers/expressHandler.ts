/** The mirror as a handler of Express, Connect or plain `node:http`. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { ReadRequest } from "../../receiver/index.js"
import type { Mirror } from "../createMirror.js"
import type { HandlerOptions } from "./MountAddress.js"
import { serveNode } from "./nodeRequest.js"
import { readTooEarly } from "./readBody.js"

type ExpressRequest = IncomingMessage &
  ReadRequest & { readonly baseUrl?: string; readonly originalUrl?: string; readonly protocol?: string }

/**
 * `app.use("/helpdesk", expressHandler(mirror))`, before any body parser: what passes through streams. Behind one, the
 * bytes are taken from `rawBody`, or from what `express.raw()` left.
 */
export const expressHandler =
  (mirror: Pick<Mirror, "publicUrl" | "serve">, { publicUrl }: HandlerOptions = {}) =>
  (request: ExpressRequest, response: ServerResponse, next?: (error: Error) => void): void => {
    const { protocol, url = "/" } = request
    const mount = { path: mountPathOf(request), url, protocol, publicUrl }
    if (next === undefined) serveNode(mirror, request, response, mount)
    else
      serveNode(mirror, request, response, mount, () => next(Object.assign(new Error(readTooEarly), { status: 500 })))
  }

/** Express tells it; Connect takes it from the start of `url`, and leaves the whole in `originalUrl`. */
const mountPathOf = ({ baseUrl, originalUrl, url = "/" }: ExpressRequest): string => {
  if (baseUrl !== undefined) return baseUrl
  const whole = pathOf(originalUrl ?? url)
  const below = pathOf(url)
  if (whole.endsWith(below)) return whole.slice(0, -below.length)
  return below === "/" ? whole : ""
}

const pathOf = (target: string): string => target.split("?", 1)[0]!
