/** The faults that are on now. */
import type { WindowFault } from "../../domain/Fault.js"
import type { FaultWindow } from "./Scenario.js"

/** How many windows of each kind are open. */
export interface ActiveFaults extends Record<WindowFault, number> {
  /** When the provider is up again. */
  providerUpAt: number
}

export const noActiveFaults = (): ActiveFaults => ({
  receiverDown: 0,
  providerDown: 0,
  ruleOff: 0,
  secretRotated: 0,
  lossBurst: 0,
  providerUpAt: 0
})

/** A window begins or ends. Windows of one kind may overlap; whether the fault itself begins or ends with this one. */
export const turn = (active: ActiveFaults, { kind, to }: FaultWindow, on: boolean): boolean => {
  active[kind] += on ? 1 : -1
  if (on && kind === "providerDown") active.providerUpAt = Math.max(active.providerUpAt, to)
  return active[kind] === (on ? 1 : 0)
}
