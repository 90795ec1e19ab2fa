/** Deliveries between their arrival and the disk, and when their senders are answered. */
import { kind } from "./Kinds.js"
import type { ReceiverParts } from "./ReceiverParts.js"

export interface UnderWay {
  readonly deliver: (push: number, at: number) => void
  readonly onDisk: (arrival: number, at: number) => void
  /** The process ends: what was not on the disk is lost, and its senders see their connection cut. */
  readonly cut: (at: number) => void
}

/** Kept here, since the sender may have gone on by the time it is on the disk. */
interface Arrived {
  readonly push: number
  readonly entity: number
  readonly stamp: number
  readonly version: number
  readonly deletion: boolean
  readonly moment: number
  /** Its sender knows already, or waits no longer. */
  readonly answered: boolean
}

/** How much later than in time a slow delivery reaches the disk, at most. */
const slowestMs = 60_000

export const makeUnderWay = (
  { drawSlow, policy, pushes, queue, scenario, weather }: ReceiverParts,
  store: (entity: number, stamp: number, version: number, deletion: boolean, moment: number, at: number) => void,
  onRejected: () => void
): UnderWay => {
  const { delivery, faults, receiver } = scenario
  let underWay = new Map<number, Arrived>()
  let arrivals = 0

  return {
    deliver: (push, at) => {
      if (weather.receiverDown > 0) return pushes.answered(push, at, false)
      if (weather.secretRotated > 0) {
        onRejected()
        return pushes.answered(push, at, false)
      }
      const slow = faults.slowAck > 0 && drawSlow() < faults.slowAck
      const diskMs = receiver.commitMs + (slow ? delivery.ackWithinMs + drawSlow() * slowestMs : 0)
      const entity = pushes.entity(push)
      const stamp = pushes.stamp(push)
      const version = pushes.version(push)
      if (diskMs === 0) {
        store(entity, stamp, version, pushes.deletion(push), pushes.moment(push), at)
        return pushes.answered(push, at, true)
      }
      const early = policy.answeredAt(at, at + diskMs) < at + diskMs
      const tooLate = diskMs > delivery.ackWithinMs
      const number = arrivals++
      underWay.set(number, {
        push,
        entity,
        stamp,
        version,
        deletion: pushes.deletion(push),
        moment: pushes.moment(push),
        answered: early || tooLate
      })
      queue.put(at + diskMs, kind.onDisk, number, 0)
      if (early) pushes.answered(push, at, true)
      // A sender that waits no longer tries again; what it sent reaches the disk all the same.
      else if (tooLate) queue.put(at + delivery.ackWithinMs, kind.tooLate, push, 0)
    },
    onDisk: (number, at) => {
      const arrived = underWay.get(number)
      if (arrived === undefined) return
      underWay.delete(number)
      store(arrived.entity, arrived.stamp, arrived.version, arrived.deletion, arrived.moment, at)
      if (!arrived.answered) pushes.answered(arrived.push, at, true)
    },
    cut: (at) => {
      const lost = underWay
      underWay = new Map()
      for (const { answered, push } of lost.values()) if (!answered) pushes.answered(push, at, false)
    }
  }
}
