/** When upstreams have to begin their answers. */

interface Waiting {
  readonly tooLate: () => void
}

/**
 * Exchanges whose upstream has not begun to answer, oldest first. All have the same time, so one timer looks after them: a
 * timer for each socket would be set and cleared twice a call.
 */
export class Deadlines {
  private readonly waiting = new Map<Waiting, number>()
  private readonly timer: NodeJS.Timeout

  constructor(private readonly timeoutMs: number) {
    this.timer = setInterval(() => this.look(), Math.max(10, Math.min(1_000, timeoutMs / 10)))
    this.timer.unref()
  }

  add(exchange: Waiting): void {
    this.waiting.delete(exchange) // one that is tried again goes to the end
    this.waiting.set(exchange, performance.now() + this.timeoutMs)
  }

  delete(exchange: Waiting): void {
    this.waiting.delete(exchange)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private look(): void {
    const now = performance.now()
    for (const [exchange, due] of this.waiting) {
      if (due > now) return
      this.waiting.delete(exchange)
      exchange.tooLate()
    }
  }
}
