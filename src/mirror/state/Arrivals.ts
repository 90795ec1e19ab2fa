/**
 * In which order news of a type came. A poller that asks for what changed since its newest stamp never asks for what
 * came late, with an older stamp: what arrived since it was last answered is told to it all the same.
 */
import { firstPlace } from "../../domain/BinarySearch.js"
import type { EpochMillis } from "../../domain/Time.js"

interface Arrival {
  /** The receiver's version; that of the arrival before where an answer of the provider brought it. */
  readonly version: number
  readonly id: string
}

/** Arrivals that are remembered; a poller that asks more seldom is answered by the provider. */
const most = 200_000

export class Arrivals {
  private list: Array<Arrival> = []
  /** The arrival in front of the first one that is remembered. */
  private dropped = 0
  /**
   * The first arrival that an answer of the provider brought: whatever was answered before the start did not have it.
   */
  private firstRead: number | null = null

  /** When the newest arrival was noticed. */
  lastAt: EpochMillis = 0
  private noticed = 0

  /** The state was looked at for news. */
  notice(now: EpochMillis): void {
    if (this.noticed === this.end) return
    this.noticed = this.end
    this.lastAt = now
  }

  /** Position behind the newest arrival. */
  get end(): number {
    return this.dropped + this.list.length
  }

  add(version: number, id: string): void {
    if (version === 0) this.firstRead ??= this.end
    this.list.push({ version: version === 0 ? (this.list.at(-1)?.version ?? 0) : version, id })
    if (this.list.length < most * 2) return
    this.list = this.list.slice(most)
    this.dropped += most
  }

  /** Ids of what came from that position on; `null` where it is forgotten. */
  since(position: number): ReadonlyArray<string> | null {
    return position < this.dropped ? null : this.list.slice(position - this.dropped).map(({ id }) => id)
  }

  /** The position behind all that came up to a version: what a poller was answered before a restart. */
  behind(version: number): number {
    const place = firstPlace(this.list.length, (at) => this.list[at]!.version > version)
    return Math.min(this.dropped + place, this.firstRead ?? Number.POSITIVE_INFINITY)
  }

  /** The version of the last arrival before a position. */
  versionBefore(position: number): number {
    return this.list[Math.min(position, this.end) - this.dropped - 1]?.version ?? 0
  }
}
