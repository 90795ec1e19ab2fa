/**
 * Deadlines by which upstreams have to begin their answers, oldest first. All exchanges have the same timeout, so one
 * timer serves them all: a timer for each socket would be set and cleared twice a call.
 */
interface Waiting {
  readonly timedOut: () => void
}

export class Deadlines {
  private readonly waiting = new Map<Waiting, number>()
  private readonly timer: NodeJS.Timeout

  constructor(private readonly timeoutMs: number) {
    this.timer = setInterval(() => this.check(), Math.max(10, Math.min(1_000, timeoutMs / 10)))
    this.timer.unref()
  }

  add(exchange: Waiting): void {
    this.waiting.delete(exchange) // a request that is sent again goes to the end
    this.waiting.set(exchange, performance.now() + this.timeoutMs)
  }

  delete(exchange: Waiting): void {
    this.waiting.delete(exchange)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private check(): void {
    const now = performance.now()
    for (const [exchange, due] of this.waiting) {
      if (due > now) return
      this.waiting.delete(exchange)
      exchange.timedOut()
    }
  }
}
