/** Deliveries between their arrival and the disk, and when their senders are answered. */
import { eventKind } from "./EventKind.js"
import type { ReceiverParts } from "./ReceiverParts.js"

export interface UnderWay {
  readonly deliver: (push: number, at: number) => void
  readonly onDisk: (arrival: number, at: number) => void
  /** The process ends: deliveries that are not on the disk are lost, and their senders see the connection cut. */
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
  readonly route: number
  /** Its sender knows already, or waits no longer. */
  readonly answered: boolean
}

/** How much later than in time a slow delivery reaches the disk, at most. */
const slowestMs = 60_000

export const makeUnderWay = (
  { drawSlow, policy, deliveries, queue, scenario, activeFaults }: ReceiverParts,
  store: (
    entity: number,
    stamp: number,
    version: number,
    deletion: boolean,
    moment: number,
    at: number,
    route: number
  ) => void,
  onRejected: () => void
): UnderWay => {
  const { delivery, faults, receiver } = scenario
  let underWay = new Map<number, Arrived>()
  let arrivals = 0

  return {
    deliver: (push, at) => {
      if (activeFaults.receiverDown > 0) return deliveries.answered(push, at, false)
      if (activeFaults.secretRotated > 0) {
        onRejected()
        return deliveries.answered(push, at, false)
      }
      const slow = faults.slowAck > 0 && drawSlow() < faults.slowAck
      const diskMs = receiver.commitMs + (slow ? delivery.ackWithinMs + drawSlow() * slowestMs : 0)
      const entity = deliveries.entity(push)
      const stamp = deliveries.stamp(push)
      const version = deliveries.version(push)
      if (diskMs === 0) {
        store(entity, stamp, version, deliveries.deletion(push), deliveries.moment(push), at, deliveries.route(push))
        return deliveries.answered(push, at, true)
      }
      const early = policy.answeredAt(at, at + diskMs) < at + diskMs
      const tooLate = diskMs > delivery.ackWithinMs
      const number = arrivals++
      underWay.set(number, {
        push,
        entity,
        stamp,
        version,
        deletion: deliveries.deletion(push),
        moment: deliveries.moment(push),
        route: deliveries.route(push),
        answered: early || tooLate
      })
      queue.put(at + diskMs, eventKind.onDisk, number, 0)
      if (early) deliveries.answered(push, at, true)
      // A sender that waits no longer tries again; its delivery reaches the disk all the same.
      else if (tooLate) queue.put(at + delivery.ackWithinMs, eventKind.tooLate, push, 0)
    },
    onDisk: (number, at) => {
      const arrived = underWay.get(number)
      if (arrived === undefined) return
      underWay.delete(number)
      store(arrived.entity, arrived.stamp, arrived.version, arrived.deletion, arrived.moment, at, arrived.route)
      if (!arrived.answered) deliveries.answered(arrived.push, at, true)
    },
    cut: (at) => {
      const lost = underWay
      underWay = new Map()
      for (const { answered, push } of lost.values()) if (!answered) deliveries.answered(push, at, false)
    }
  }
}
