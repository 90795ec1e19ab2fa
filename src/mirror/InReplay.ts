/** A replay's stand-ins for the machine's clock and the receiver's heartbeat, as the mirror takes them. */
import type { Intermediary } from "../capture/index.js"
import type { EpochMillis } from "../domain/Time.js"
import type { PushSigns, StateFeed } from "../receiver/index.js"
import type { OnCount } from "./Tallies.js"

export interface Replayed {
  readonly now: () => EpochMillis
  /** Whether the receiver runs: in virtual time it has no heartbeat. */
  readonly receives: () => boolean
  /** The types whose events the receiver's plan has. */
  readonly pushed: PushSigns["types"]
  /** Names a program by its key: programs that run unchanged may share a `User-Agent`. */
  readonly integrationOf: (secret: string) => string | null
  readonly onCount: OnCount
  /** A request goes to the provider; its answer is there, or will not come. A replay waits for what is under way. */
  readonly onPassing: (what: "passed" | "answered") => void
}

/** Tells of each request that goes through. */
export const tellingOfPassing = (intermediary: Intermediary, { onPassing }: Replayed): Intermediary => ({
  decide: async (...request) => {
    const decision = await intermediary.decide(...request)
    if (decision.kind === "answer") return decision
    onPassing("passed")
    let under = true
    const answered = (): void => {
      if (under) onPassing("answered")
      under = false
    }
    const { look } = decision
    return {
      ...decision,
      look: {
        mostBytes: look?.mostBytes ?? Number.POSITIVE_INFINITY,
        see: async (answer) => {
          answered()
          return (await look?.see(answer)) ?? null
        },
        unseen: () => {
          answered()
          look?.unseen()
        }
      }
    }
  }
})

export const feedInReplay = (feed: StateFeed, { pushed, receives }: Replayed): StateFeed => {
  let received = false
  return {
    ...feed,
    changed: () => {
      const before = received
      received = receives()
      return feed.changed() || received !== before
    },
    pushes: () => ({ subscribed: [], types: pushed, unsubscribed: [], refused: [] }),
    // It beats for as long as it runs, however seldom something is written.
    receiver: () => ({ ...feed.receiver(), beatAt: receives() ? Number.POSITIVE_INFINITY : null })
  }
}
