/** The mirror's address for clients of a mount. */
import type { Mirror } from "../createMirror.js"

export interface HandlerOptions {
  /**
   * The mirror's address for clients, with its mount path, for links; `mirror.publicUrl` unless set, else by each
   * request's `Host`.
   */
  readonly publicUrl?: string
}

/** `byHost`: the address by the request's own `Host`. */
export const mountAddress = (
  mirror: Pick<Mirror, "publicUrl">,
  { publicUrl }: { readonly publicUrl?: string | undefined },
  byHost: string
): string => publicUrl?.replace(/\/+$/, "") ?? mirror.publicUrl ?? byHost
