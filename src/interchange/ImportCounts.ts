/** The result of an import: its counts, and the damage in the file. */

export interface Damage {
  /** `line 17` or `entry 3 (byte 4711)`; `null`: the file itself, and the problem is a whole sentence. */
  readonly where: string | null
  readonly problem: string
}

export interface ImportResult {
  /** Entries or lines that could be read. */
  readonly read: number
  readonly added: number
  /** In the database before. */
  readonly known: number
  /** For hosts that are not recorded, by host. */
  readonly otherHosts: ReadonlyMap<string, number>
  /** Answered from a cache: no call was made. */
  readonly fromCache: number
  /** Stopped by the browser before they were sent. */
  readonly blocked: number
  /** Requests that are no calls of an API: tunnels, requests for a server as a whole. */
  readonly skipped: number
  /** Lines of a log of which nothing tells the host. */
  readonly withoutHost: number
  /** The first of them; `damagedCount` counts all. */
  readonly damaged: ReadonlyArray<Damage>
  readonly damagedCount: number
}

const shownDamages = 10
const countedHosts = 100

export class ImportTally {
  private read = 0
  private added = 0
  private known = 0
  private fromCache = 0
  private blocked = 0
  private skipped = 0
  private withoutHost = 0
  private damagedCount = 0
  private readonly damaged: Array<Damage> = []
  private readonly otherHosts = new Map<string, number>()

  wasRead(): void {
    this.read += 1
  }
  wasAdded(calls: number): void {
    this.added += calls
  }
  wasKnown(calls = 1): void {
    this.known += calls
  }
  wasCached(): void {
    this.fromCache += 1
  }
  wasBlocked(): void {
    this.blocked += 1
  }
  wasSkipped(): void {
    this.skipped += 1
  }
  wasWithoutHost(): void {
    this.withoutHost += 1
  }
  wasForOtherHost(host: string): void {
    if (this.otherHosts.has(host) || this.otherHosts.size < countedHosts)
      this.otherHosts.set(host, (this.otherHosts.get(host) ?? 0) + 1)
  }
  wasDamaged(where: string | null, problem: string): void {
    this.damagedCount += 1
    if (this.damaged.length < shownDamages) this.damaged.push({ where, problem })
  }
  result(): ImportResult {
    const { added, blocked, damaged, damagedCount, fromCache, known, otherHosts, read, skipped, withoutHost } = this
    return { read, added, known, otherHosts, fromCache, blocked, skipped, withoutHost, damaged, damagedCount }
  }
}
