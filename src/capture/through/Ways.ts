/**
 * Which hosts are asked through a mirror: `--through URL` for the only recorded host, else `HOST=URL`, several with
 * commas between them, as in `HOOKSHIFT_THROUGH`.
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
    readonly mirror: URL
  ) {
    this.origin = mirror.origin
    this.prefix = mirror.pathname.replace(/\/+$/, "")
  }

  get rests(): boolean {
    return this.restsUntil > 0 && now() < this.restsUntil
  }

  rest(): void {
    this.restsUntil = now() + restMs
  }
}

export class Ways {
  private readonly byHost: ReadonlyMap<string, Way>
  private readonly mirrors: ReadonlySet<string>

  constructor(ways: ReadonlyArray<Way>) {
    this.byHost = new Map(ways.map((way) => [way.host, way]))
    this.mirrors = new Set(ways.map(({ mirror }) => mirror.host))
  }

  /** The way of a host that is asked through a mirror which may be there. */
  of(host: string): Way | null {
    const way = this.byHost.get(host) ?? this.byHost.get(host.toLowerCase())
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
    return [...this.byHost.values()].map(({ host, mirror }) => `${host}=${mirror.href}`).join(",")
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
    if (ways.some(({ host }) => host === way.host)) return `${way.host} has two mirrors: name it once`
    ways.push(way)
  }
  if (ways.length === 0) return "it names no mirror: give its address, such as http://127.0.0.1:8792"
  const both = ways.find(({ host }) => ways.some(({ mirror }) => mirror.host === host))
  return both === undefined ? new Ways(ways) : `${both.host} cannot be its own mirror: give the mirror's address`
}

const readWay = (entry: string, recorded: ReadonlyArray<string>): Way | string => {
  const [, named, address] = /^(?:([^=/?#]+)=)?(\S+)$/.exec(entry) ?? []
  const mirror = address !== undefined && URL.canParse(address) ? new URL(address) : null
  if (mirror === null || !/^https?:$/.test(mirror.protocol))
    return "a mirror has an address such as http://127.0.0.1:8792, and HOST=URL where there are several"
  if (mirror.username !== "" || mirror.password !== "" || mirror.search !== "" || mirror.hash !== "")
    return `the address of the mirror at ${mirror.host} has a part that it cannot have: give protocol, host, port and path`
  if (named !== undefined) return new Way(named.toLowerCase(), mirror)
  const hosts = [...new Set(recorded.map((host) => host.split(/[=/]/, 1)[0]!.trim().toLowerCase()))]
  const [only] = hosts
  if (only !== undefined && hosts.length === 1) return new Way(only, mirror)
  return only === undefined
    ? `say whose calls go to ${mirror.host}, since the configuration names no source: acme.freshdesk.com=${mirror.href}`
    : `say whose calls go to ${mirror.host}, HOST=${mirror.href}, where HOST is one of ${hosts.join(", ")}`
}
