/** `hookshift/mirror`: the mirror, and its handlers for servers of one's own, in plain TypeScript. */
export { UnsupportedNode } from "./domain/SupportedNode.js"
export {
  createMirror,
  expressHandler,
  type FetchHandlerOptions,
  fastifyPlugin,
  fetchHandler,
  type HandlerOptions,
  type Mirror,
  MirrorError,
  type MirrorOptions
} from "./mirror/index.js"
