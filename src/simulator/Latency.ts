/** The time that a call takes under virtual time: to the provider, its work, and back. */
import type { ServerResponse } from "node:http"
import type { EpochMillis, Timekeeper } from "../domain/Time.js"
import type { ApiAnswer } from "./Api.js"
import { unitOf } from "./Randomness.js"

/** The stated model of network and service time, in milliseconds: there, work, and back with so much per kilobyte. */
export const latencyModel = { thereMs: [15, 40], workMs: [40, 140], backMs: [15, 40], perKilobyteMs: 0.2 } as const

const between = ([low, high]: readonly [number, number], unit: number): number => low + (high - low) * unit

export interface LatencyOptions {
  readonly seed: number
  readonly time: Timekeeper
  /** Calls take no time, and still their turn. */
  readonly instant: boolean
  readonly onTraffic: (what: "arrived" | "released") => void
}

/** Holds a call: `work` answers it once it has arrived, `respond` sends the answer once it is back. */
export type HoldCall = (
  name: string,
  response: ServerResponse,
  work: () => ApiAnswer,
  respond: (answer: ApiAnswer) => void
) => void

export const makeLatency = ({ instant, onTraffic, seed, time }: LatencyOptions): HoldCall => {
  const takes = instant ? 0 : 1
  const seen = new Map<string, number>()
  /** Draws belong to the call itself, so concurrent arrivals in another order change nothing. */
  const drawsFor = (name: string, at: EpochMillis): ((part: string) => number) => {
    const identity = `${at} ${name}`
    const nth = (seen.get(identity) ?? 0) + 1
    if (seen.size > 10_000) seen.clear()
    seen.set(identity, nth)
    return (part) => unitOf(seed, `${identity} ${nth} ${part}`)
  }
  return (name, response, work, respond) => {
    const unit = drawsFor(name, time.now())
    let held = true
    onTraffic("arrived")
    const release = () => {
      if (!held) return
      held = false
      onTraffic("released")
    }
    response.on("close", release)
    time.at(
      time.now() + takes * between(latencyModel.thereMs, unit("there")),
      () => {
        const answer = work()
        const size = answer.body === undefined ? 0 : JSON.stringify(answer.body).length / 1024
        const rest =
          between(latencyModel.workMs, unit("work")) +
          between(latencyModel.backMs, unit("back")) +
          size * latencyModel.perKilobyteMs
        time.at(time.now() + takes * rest, () => {
          release()
          respond(answer)
        })
      },
      true
    )
  }
}
