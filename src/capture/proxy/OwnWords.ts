/** A proxy's words in its own answers: its name, and the requests that it passes on. */
import type { Upstream } from "./Upstreams.js"

export type OwnName = "hookshift proxy" | "hookshift mirror"

/** With an intermediary it is a mirror. */
export const ownNameOf = ({ intermediary }: { readonly intermediary?: unknown }): OwnName =>
  intermediary === undefined ? "hookshift proxy" : "hookshift mirror"

const either = new Intl.ListFormat("en", { type: "disjunction" })

/** Each address once: several sources may be at one. */
export const originsOf = (upstreams: ReadonlyArray<Upstream>): string =>
  [...new Set(upstreams.map(({ url }) => url.origin))].join(", ")

/** The rest of a sentence that begins with "it passes on". */
export const passedOn = (upstreams: ReadonlyArray<Upstream>): string => {
  const below = upstreams.flatMap(({ host, path }) => (path === null ? [] : [`${host ?? ""}${path}`]))
  const whole = upstreams.filter(({ path }) => path === null)
  return [
    ...(below.length === 0 ? [] : [`requests whose path begins with ${either.format(new Set(below))}`]),
    ...(whole.length === 0 ? [] : [`to ${originsOf(whole)}`])
  ].join(", and others ")
}
