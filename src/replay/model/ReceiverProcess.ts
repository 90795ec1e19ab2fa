/** The receiver's process: faults end it and begin it again, and each life has a beat of sweeps of its own. */
import { isOutage } from "../../policy/index.js"
import { turn } from "./ActiveFaults.js"
import { eventKind } from "./EventKind.js"
import type { Machines } from "./Machines.js"

/** The `what` column of a sweep that the limit held up. */
const sweepGoesOn = 1

export const makeReceiverProcess = ({ kept, queue, receiver, reconciliation, scenario, activeFaults }: Machines) => {
  let life = 0
  let seenAt = Number.NaN
  const end = (at: number): void => {
    life += 1
    seenAt = at
    receiver.stop(at)
    reconciliation.forget()
    kept.forget()
  }
  const begin = (at: number): void => {
    receiver.start(at)
    if (isOutage(seenAt, at)) reconciliation.cameBack(at)
    queue.put(at, eventKind.reconcile, 0, life)
  }
  return {
    sweep: (what: number, ticket: number, at: number): void => {
      if (ticket !== life || activeFaults.receiverDown > 0) return
      const goesOnAt = what === sweepGoesOn ? reconciliation.goOn() : reconciliation.sweep(at)
      if (goesOnAt === null) queue.put(reconciliation.nextAt(), eventKind.reconcile, 0, life)
      else queue.put(goesOnAt, eventKind.reconcile, sweepGoesOn, life)
    },
    restart: (at: number): void => {
      if (activeFaults.receiverDown > 0) return
      end(at)
      begin(at)
    },
    turnWindow: (which: number, on: boolean, at: number): void => {
      const window = scenario.faults.windows[which]!
      if (!turn(activeFaults, window, on) || window.kind !== "receiverDown") return
      if (on) end(at)
      else begin(at)
    }
  }
}
