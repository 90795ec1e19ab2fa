/**
 * Which hosts are asked through a mirror: `--through URL` for the only recorded host, else `HOST=URL`, several with
 * commas between them, as in `HOOKSHIFT_THROUGH`. Where a host has accounts under paths, `HOST/PATH=URL`; the mirror's
 * path takes the place of the account's.
 */

/** Tells the mirror which provider is meant, so that its links lead there: the program follows them through here. */
export const originHeader = "x-hookshift-origin"

/** How long a connection to a mirror may take. */
export const connectMs = 1_000
/** A mirror that did not even refuse is asked again after this time: its callers would wait `connectMs` each. */
const restMs = 10_000

/** Methods that change nothing: a request without a body may be sent twice. */
export const isSafe = (method: string): boolean => /^(?:GET|HEAD|OPTIONS)$/.test(method)

// Taken at load: a program may replace the clock.
const now = performance.now.bind(performance)

export class Way {
  private restsUntil = 0
  readonly origin: string
  /** The part in front of each path, such as `/freshdesk`; often empty. */
  readonly prefix: string

  constructor(
    /** The provider's, in lower case, with a port that is not the usual one. */
    readonly host: string,
    readonly mirror: URL,
    /** The account's path at the provider, such as `/freshservice`; empty where the host is one account's. */
    readonly base: string
  ) {
    this.origin = mirror.origin
    this.prefix = mirror.pathname.replace(/\/+$/, "")
  }

  covers(path: string): boolean {
    const { base } = this
    return base === "" || (path.startsWith(base) && /^[/?]?$/.test(path.charAt(base.length)))
  }

  /** The mirror's path for one of the provider's. */
  pathAt(path: string): string {
    const at = this.prefix + path.slice(this.base.length)
    return at.startsWith("/") ? at : `/${at}`
  }

  get rests(): boolean {
    return this.restsUntil > 0 && now() < this.restsUntil
  }

  rest(): void {
    this.restsUntil = now() + restMs
  }
}

export class Ways {
  /** Each host's, a longer path before a shorter one. */
  private readonly byHost = new Map<string, ReadonlyArray<Way>>()
  private readonly mirrors: ReadonlySet<string>

  constructor(private readonly ways: ReadonlyArray<Way>) {
    for (const way of [...ways].sort((a, b) => b.base.length - a.base.length))
      this.byHost.set(way.host, [...(this.byHost.get(way.host) ?? []), way])
    this.mirrors = new Set(ways.map(({ mirror }) => mirror.host))
  }

  /** The way of a request whose account is asked through a mirror which may be there. */
  of(host: string, path: string): Way | null {
    const known = this.byHost.get(host) ?? this.byHost.get(host.toLowerCase())
    const way = known?.find((one) => one.covers(path))
    return way === undefined || way.rests ? null : way
  }

  get hosts(): ReadonlyArray<string> {
    return [...this.byHost.keys()]
  }

  isMirror(host: string): boolean {
    return this.mirrors.has(host)
  }

  /** As in `HOOKSHIFT_THROUGH`, with every host named. */
  toString(): string {
    return this.ways.map(({ base, host, mirror }) => `${host}${base}=${mirror.href}`).join(",")
  }
}

/** `recorded` as in `capture.hosts`. A text that cannot be used gives a sentence that says why. */
export const readWays = (text: string, recorded: ReadonlyArray<string>): Ways | string => {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
  const ways: Array<Way> = []
  for (const entry of entries) {
    const way = readWay(entry, recorded)
    if (typeof way === "string") return way
    if (ways.some(({ base, host }) => host === way.host && base === way.base))
      return `${way.host}${way.base} has two mirrors: name it once`
    ways.push(way)
  }
  if (ways.length === 0) return "it names no mirror: give its address, such as http://127.0.0.1:8792"
  const both = ways.find(({ host }) => ways.some(({ mirror }) => mirror.host === host))
  return both === undefined ? new Ways(ways) : `${both.host} cannot be its own mirror: give the mirror's address`
}

const readWay = (entry: string, recorded: ReadonlyArray<string>): Way | string => {
  const [, named, address] = /^(?:(?!https?:)([^=?#]+)=)?(\S+)$/.exec(entry) ?? []
  const mirror = address !== undefined && URL.canParse(address) ? new URL(address) : null
  if (mirror === null || !/^https?:$/.test(mirror.protocol))
    return "a mirror has an address such as http://127.0.0.1:8792, and HOST=URL where there are several"
  if (mirror.username !== "" || mirror.password !== "" || mirror.search !== "" || mirror.hash !== "")
    return `the address of the mirror at ${mirror.host} has a part that it cannot have: give protocol, host, port and path`
  const places = recorded.map((entry) => placeOf(entry.split("=", 1)[0]!))
  if (named !== undefined) {
    const { base, host } = placeOf(named)
    return base === "" ? wayOfHost(host, mirror, places) : new Way(host, mirror, base)
  }
  const hosts = [...new Set(places.map(({ host }) => host))]
  const [only] = hosts
  if (only !== undefined && hosts.length === 1) return wayOfHost(only, mirror, places)
  return only === undefined
    ? `say whose calls go to ${mirror.host}, since the configuration names no source: acme.freshdesk.com=${mirror.href}`
    : `say whose calls go to ${mirror.host}, HOST=${mirror.href}, where HOST is one of ${hosts.join(", ")}`
}

interface Place {
  readonly host: string
  readonly base: string
}

/** `127.0.0.1:4010/freshservice`. */
const placeOf = (text: string): Place => {
  const [host = ""] = text.trim().split("/", 1)
  return { host: host.toLowerCase(), base: text.trim().slice(host.length).replace(/\/+$/, "") }
}

/** Of the host's one account; where it has several under paths, of that whose path the mirror has too. */
const wayOfHost = (host: string, mirror: URL, places: ReadonlyArray<Place>): Way | string => {
  const bases = new Set(places.filter((place) => place.host === host && place.base !== "").map(({ base }) => base))
  const [only = ""] = bases
  if (bases.size < 2) return new Way(host, mirror, only)
  const same = [...bases].find((base) => base === mirror.pathname.replace(/\/+$/, ""))
  return same === undefined
    ? `say whose calls go to ${mirror.host}, HOST/PATH=URL, where HOST/PATH is one of ${[...bases].map((base) => host + base).join(", ")}`
    : new Way(host, mirror, same)
}
