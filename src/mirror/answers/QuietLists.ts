/**
 * Newest-first lists whose readers stop at what they know: what comes late stands below it, and would be passed by.
 * Such a reader gets its list from the state only where nothing at all has come since the provider answered it: then it
 * has what the provider showed, and sees what comes next at the provider, in its place.
 */
import { dropOldest } from "../../domain/Bounded.js"
import type { EpochMillis } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import type { Arrivals } from "../state/Arrivals.js"

const most = 10_000

export class QuietLists {
  /** By poller: the position behind all arrivals that the provider's answer had. */
  private readonly seen = new Map<string, number>()
  /** By request: what had come when it went through, and when the last of it came. */
  private readonly asked = new WeakMap<object, { poller: string; end: number; lastAt: EpochMillis }>()

  forget(): void {
    this.seen.clear()
  }

  /** Whether nothing has come since the poller's first page went through. */
  isQuiet(poller: string, arrivals: Arrivals): boolean {
    return this.seen.get(poller) === arrivals.end
  }

  /** A poller's first page goes through. */
  asks(request: object, poller: string, { end, lastAt }: Arrivals): void {
    this.seen.delete(poller)
    this.asked.set(request, { poller, end, lastAt })
  }

  /** It was answered; `taken` is the position before the answer was taken up. */
  answered(request: object, askedAt: EpochMillis, taken: number, arrivals: Arrivals): void {
    const asked = this.asked.get(request)
    // Right behind an arrival a list may not show it yet.
    if (asked === undefined || taken !== asked.end || askedAt <= asked.lastAt + readableAfterMs) return
    this.seen.set(asked.poller, arrivals.end)
    dropOldest(this.seen, most)
  }
}
