/** Settles events with the inbox and asks it for more, one exchange at a time. */
import type { EpochMillis, Timekeeper } from "../../domain/Time.js"
import type { Settlement, Taken } from "../inbox/HandOverQueue.js"
import type { OnWork } from "../Quiescence.js"
import type { EntityQueues } from "./EntityQueues.js"
import type { Unsettled } from "./Unsettled.js"

export type Exchange = (settlement: Settlement, want: number, now: EpochMillis, lookAgain: boolean) => Promise<Taken>

export interface InboxExchange {
  readonly underWay: () => boolean
  /** Something may be due. `lookAgain`: also among events that the inbox has passed by. */
  readonly wake: (lookAgain: boolean) => void
  /**
   * Exchanges where there is room for events, a failure to tell, or enough to settle; `idle`: nothing is with the
   * target.
   */
  readonly runIfDue: (idle: boolean) => void
  /** Takes no more events; unsettled ones are still settled. */
  readonly stop: () => void
  /** Nothing is settled any more. */
  readonly abandon: () => void
}

const againAfterMs = 1_000
/** The shortest wait for an event's next try. */
const soonestMs = 10
/** Delivered events are settled together, this many at a time, or when nothing else is to be done. */
const settleTogether = 64

export const makeInboxExchange = (options: {
  readonly exchange: Exchange
  readonly queues: EntityQueues
  readonly unsettled: Unsettled
  /** Events held at the most; more are asked for once half of them are done. */
  readonly buffered: number
  readonly time: Timekeeper
  /** The inbox could not be read or written; tried again. */
  readonly onStuck: (reason: string) => void
  readonly onGoing: () => void
  /** There may be events to hand over, or more to exchange. */
  readonly onChange: () => void
  readonly onWork?: OnWork | undefined
}): InboxExchange => {
  const { buffered, onChange, onGoing, onStuck, queues, time, unsettled } = options
  let wanted = false
  let wakes = 0
  let lookAgain = false
  let underWay = false
  let stopped = false
  let cancelDue = (): void => undefined
  let cancelAgain = (): void => undefined

  const wakeAt = (nextDue: EpochMillis | null): void => {
    cancelDue()
    if (nextDue === null || stopped) return
    cancelDue = time.at(Math.max(nextDue, time.now() + soonestMs), () => {
      wanted = true
      onChange()
    })
  }

  const run = (): void => {
    underWay = true
    const settlement = unsettled.take()
    const told = queues.failing()
    const want = stopped || !wanted ? 0 : Math.max(0, buffered - queues.held())
    const wokenBefore = wakes
    const again = lookAgain
    lookAgain = false
    options.exchange(settlement, want, time.now(), again).then(
      ({ events, more, nextDue }) => {
        underWay = false
        onGoing()
        queues.told(told)
        if (want > 0 && wakes === wokenBefore) wanted = events.length > 0
        // Events that are released from behind a settled one arrive without a wake.
        wanted ||= more
        unsettled.returned(queues.take(events))
        wakeAt(nextDue)
        onChange()
      },
      (error: { readonly reason?: string }) => {
        onStuck(error.reason ?? "unknown")
        // The disk is full or the file locked.
        unsettled.putBack(settlement)
        lookAgain ||= again
        // The time that passes until then is no work.
        options.onWork?.(-1)
        cancelAgain = time.at(time.now() + againAfterMs, () => {
          options.onWork?.(1)
          underWay = false
          onChange()
        })
      }
    )
  }

  return {
    underWay: () => underWay,
    wake: (again) => {
      wanted = true
      wakes += 1
      lookAgain ||= again
    },
    runIfDue: (idle) => {
      if (underWay) return
      const settling = unsettled.count()
      const low = wanted && !stopped && queues.held() <= buffered / 2
      if (low || unsettled.hasFailures() || settling >= settleTogether || (settling > 0 && idle)) run()
    },
    stop: () => {
      stopped = true
      cancelDue()
    },
    abandon: () => cancelAgain()
  }
}
