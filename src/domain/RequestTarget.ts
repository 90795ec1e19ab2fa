/** The target of a request line, in whichever form it came (RFC 9112, 3.2). Pure. */

export interface RequestTarget {
  /** `host` or `host:port` of an absolute form, as a client of a forward proxy writes it; `null` in the usual form. */
  readonly authority: string | null
  /** Path and query, as they came; `/` where there is none, `*` for all of the server. */
  readonly path: string
}

const absoluteForm = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i
const usualPorts: Readonly<Record<string, string>> = { http: ":80", https: ":443" }

export const requestTarget = (text: string): RequestTarget => {
  const [whole, scheme, place] = absoluteForm.exec(text) ?? []
  const rest = (whole === undefined ? text : text.slice(whole.length)).split("#", 1)[0]!
  const path = rest === "" || rest.startsWith("?") ? `/${rest}` : rest
  if (whole === undefined) return { authority: null, path }
  const host = place!.slice(place!.lastIndexOf("@") + 1).toLowerCase()
  const usual = usualPorts[scheme!.toLowerCase()] ?? ""
  return { authority: usual !== "" && host.endsWith(usual) ? host.slice(0, -usual.length) : host, path }
}

/**
 * A path without doubled slashes and without one at the end: these come from how clients join a base URL and a path.
 */
export const plainPath = (pathname: string): string => pathname.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "")

/** The path's parts, decoded; doubled slashes, one at the end, and the query make no difference. */
export const pathSegments = (target: string): ReadonlyArray<string> =>
  requestTarget(target)
    .path.split("?", 1)[0]!
    .split("/")
    .filter((part) => part !== "")
    .map(decoded)

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
