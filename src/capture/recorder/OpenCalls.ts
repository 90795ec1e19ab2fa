/** Calls whose headers have arrived and whose body has not ended, oldest first. */
import type { CallRecorder } from "./CallRecorder.js"

/** A call whose body the program leaves unread is recorded without it after this long. */
const unreadAfterMs = 60_000

export class OpenCalls {
  private readonly calls = new Set<CallRecorder>()

  add(call: CallRecorder): void {
    this.calls.add(call)
  }

  delete(call: CallRecorder): void {
    this.calls.delete(call)
  }

  get isEmpty(): boolean {
    return this.calls.size === 0
  }

  /** Ends the calls that have been left unread for too long at this time. */
  endUnread(now: number): void {
    this.endStartedUntil(now - unreadAfterMs)
  }

  endAll(): void {
    this.endStartedUntil(Number.POSITIVE_INFINITY)
  }

  private endStartedUntil(last: number): void {
    for (const call of this.calls) {
      if (call.startedAt > last) break
      call.endUnread()
    }
  }
}
