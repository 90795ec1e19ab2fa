/** Requests that are on their way: who asks the same meanwhile, with the same credential, waits for the one answer. */
import type { WholeAnswer } from "./Answer.js"

export class Flights {
  private readonly flights = new Map<string, Promise<WholeAnswer | null>>()

  /** The answer of the same request, where one is on its way; `null` in it: the answer was not seen. */
  of(key: string): Promise<WholeAnswer | null> | null {
    return this.flights.get(key) ?? null
  }

  /** A request goes out; the function that it gives ends it. */
  begin(key: string): (answer: WholeAnswer | null) => void {
    let settle: (answer: WholeAnswer | null) => void = () => undefined
    const flight = new Promise<WholeAnswer | null>((resolve) => {
      settle = resolve
    })
    this.flights.set(key, flight)
    return (answer) => {
      if (this.flights.get(key) === flight) this.flights.delete(key)
      settle(answer)
    }
  }

  /** Something was written: what is on its way began before, and does not show it to who comes behind it. */
  forgetAll(): void {
    this.flights.clear()
  }
}
