/** A request as the mirror knows it: what it asks, who asks, and as whose poller. */
import { type Arrival, type Intermediary, productToken, type Target } from "../capture/index.js"
import { inferTemplate } from "../domain/Endpoint.js"
import { getOrMake } from "../domain/Grouping.js"
import { catalogueBase } from "../providers/index.js"
import { type Asked, askerOf } from "./Ask.js"
import type { Asker } from "./answers/ListAnswers.js"
import type { Links } from "./Links.js"
import { type Principal, type Principals, secretIn } from "./Principals.js"
import type { MirroredSource } from "./state/State.js"
import type { Tallied } from "./Tallies.js"

type Message = Parameters<Intermediary["decide"]>[0]

export interface MirrorRequest {
  readonly message: Message
  readonly target: Target
  /** The mirror's address for this client, for links to further pages. */
  readonly origin: Arrival["origin"]
  readonly source: MirroredSource
  /** As the catalogue has it, without its query. */
  readonly path: string
  readonly asked: Asked
  /** Whose address the links of its answer have. */
  readonly links: Links
  readonly principal: Principal | null
  readonly asker: Asker
  readonly tallied: Tallied
}

export const requestReader = (
  principals: Principals,
  /** Names a caller by its key; `null` where its `User-Agent` does. */
  integrationOf: (secret: string) => string | null = () => null
): ((
  message: Message,
  target: Target,
  arrival: Pick<Arrival, "origin">,
  source: MirroredSource,
  links: Links
) => MirrorRequest) => {
  const read = new Map<string, { readonly ask: ReturnType<typeof askerOf>; readonly base: string }>()
  return (message, target, { origin }, source, links) => {
    const { ask, base } = getOrMake(read, source.name, () => {
      const base = catalogueBase(source.provider, basePathOf(target))
      return { base, ask: askerOf(source.name, source.provider, base) }
    })
    const method = message.method ?? "GET"
    const below = belowBase(target)
    const path = base + (below.split("?")[0] ?? "/")
    const asked = ask({ method, target: below, headers: message.headers })
    const { authorization } = message.headers
    const named = authorization === undefined ? null : integrationOf(secretIn(authorization))
    const principal = principals.of(source.name, authorization)
    const integration = named ?? productToken(message.headers["user-agent"] ?? null)
    const template = asked.endpoint?.template ?? inferTemplate(path)
    return {
      message,
      target,
      origin,
      source,
      path,
      asked,
      links,
      principal,
      asker: { fingerprint: principal?.fingerprint ?? "", integration },
      tallied: { source: source.name, integration, endpoint: `${method} ${template}` }
    }
  }
}

const basePathOf = ({ upstream }: Target): string => upstream.url.pathname.replace(/\/$/, "")

const belowBase = (target: Target): string => {
  const { path } = target
  const base = basePathOf(target)
  return base !== "" && path.startsWith(`${base}/`) ? path.slice(base.length) : path
}
