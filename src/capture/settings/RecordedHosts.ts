/**
 * Which hosts are recorded, and which product and account each serves. By default these are the hosts of every known
 * product. `capture.hosts` adds others, such as a stand-in or a proxy: `127.0.0.1:4010`, or with the account that it
 * stands for, `127.0.0.1:4010=freshdesk@acme.freshdesk.com`. A host may stand for several accounts, each under a
 * path: `127.0.0.1:4010/freshchat=freshchat@acme.freshchat.com`.
 */
import { isProduct, productForHost, productForPath } from "../../providers/index.js"

export interface RecordedHost {
  readonly product: string | null
  readonly account: string
}

export type HostLookup = (host: string, path: string) => RecordedHost | null

interface NamedHost {
  readonly path: string
  readonly product: string | null
  readonly account: string
}

/** Whether any path of a host is recorded. The hooks ask this at each call, so it does not look at paths. */
export const anyRecordedOn = (
  entries: ReadonlyArray<string>,
  describedHosts: ReadonlyArray<string>
): ((host: string) => boolean) => {
  const named = new Set(entries.map((entry) => hostOf(placeOf(entry))))
  const described = describedHosts.map((host) => `.${host.toLowerCase()}`)
  return (given) => {
    const host = given.toLowerCase()
    const domain = `.${host.replace(/:\d+$/, "")}`
    return named.has(host) || productForHost(host) !== null || described.some((suffix) => domain.endsWith(suffix))
  }
}

/** As the recorder of these settings decides. */
export const isRecordedHost = (
  host: string,
  { describedHosts, hosts }: { readonly hosts: ReadonlyArray<string>; readonly describedHosts: ReadonlyArray<string> }
): boolean => anyRecordedOn(hosts, describedHosts)(host)

/** The part before the `=`: a host, with or without a path. */
const placeOf = (entry: string): string => entry.split("=", 1)[0]!.trim()

/** Caches answers by host: a program calls the same hosts again and again. */
export const cachedByHost = (isRecorded: (host: string) => boolean): ((host: string) => boolean) => {
  const answers = new Map<string, boolean>()
  return (host) => {
    let answer = answers.get(host)
    if (answer === undefined) {
      answer = isRecorded(host)
      if (answers.size > 1_000) answers.clear()
      answers.set(host, answer)
    }
    return answer
  }
}

const hostOf = (place: string): string => place.split("/", 1)[0]!.toLowerCase()

export const recordedHosts = (entries: ReadonlyArray<string>): HostLookup => {
  const named = new Map<string, Array<NamedHost>>()
  for (const entry of entries) {
    const place = placeOf(entry)
    const meaning = entry.split("=", 2)[1]
    const [product, account] = (meaning ?? "").split("@", 2) as [string, string | undefined]
    const name = hostOf(place)
    const known = named.get(name) ?? []
    known.push({
      path: place.slice(name.length),
      product: isProduct(product) ? product : null,
      account: account ?? name
    })
    // The longest path that matches wins.
    known.sort((a, b) => b.path.length - a.path.length)
    named.set(name, known)
  }
  return (host, path) => {
    const known = named.get(host.toLowerCase())?.find((place) => place.path === "" || path.startsWith(`${place.path}/`))
    if (known !== undefined) return { product: known.product ?? productForPath(path), account: known.account }
    const product = productForHost(host)
    return product === null ? null : { product, account: host.toLowerCase() }
  }
}
