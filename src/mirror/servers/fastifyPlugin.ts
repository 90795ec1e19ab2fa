/** The mirror as a plugin of Fastify: `fastify.register(fastifyPlugin(mirror), { prefix: "/helpdesk" })`. */
import type { IncomingMessage } from "node:http"
import { requestTarget } from "../../domain/RequestTarget.js"
import { type FastifyLike, type FastifyReply, leaveBodiesRaw, type ReadRequest } from "../../receiver/index.js"
import type { Mirror } from "../createMirror.js"
import type { HandlerOptions } from "./MountAddress.js"
import { serveNode } from "./nodeRequest.js"

interface Mounted extends FastifyLike {
  readonly prefix: string
}

interface Request extends ReadRequest {
  readonly raw: IncomingMessage
  readonly protocol: string
}

/** Serves all paths under the prefix. Body parsers within the plugin give way: what passes through streams. */
export const fastifyPlugin =
  (mirror: Pick<Mirror, "publicUrl" | "serve">, { publicUrl }: HandlerOptions = {}) =>
  async (fastify: Mounted): Promise<void> => {
    leaveBodiesRaw(fastify)
    const parts = fastify.prefix.split("/").filter((part) => part !== "").length
    const answer = ({ protocol, raw, rawBody }: Request, reply: FastifyReply): void => {
      reply.hijack()
      const request = rawBody === undefined ? raw : Object.assign(raw, { rawBody })
      serveNode(mirror, request, reply.raw, { ...belowPrefix(raw.url ?? "/", parts), protocol, publicUrl })
    }
    for (const path of ["/", "/*"]) fastify.all(path, answer)
  }

/** The prefix as the request spells it: it may have parameters, or be in other letters. */
const belowPrefix = (target: string, parts: number): { readonly path: string; readonly url: string } => {
  const { authority, path } = requestTarget(target)
  const mounted = new RegExp(`^(?:/+[^/?]+){${parts}}`).exec(path)?.[0] ?? ""
  const rest = path.slice(mounted.length)
  const below = rest.startsWith("/") ? rest : `/${rest}`
  return { path: mounted, url: authority === null ? below : `http://${authority}${below}` }
}
