/** The process that owns an inbox, and whether it still runs, as far as this process can tell. */
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import { isRunning } from "../../store/index.js"

export interface Holder {
  readonly pid: number
  readonly host: string
  /** Where a process number is unique: on Linux a boot and a process namespace, else the host. */
  readonly place: string
  /** When the process began, in the kernel's ticks: tells a reused process number apart; `null` if unknown. */
  readonly started: string | null
}

export type HolderState = "runs" | "stopped" | "gone" | "unknown"

export const thisProcess = (): Holder => ({
  pid: process.pid,
  host: hostname(),
  place: placeOf(),
  started: statusOf(process.pid)?.started ?? null
})

/** `unknown`: the process is on another machine or in another container, or the system does not say enough. */
export const stateOf = (holder: Holder, here: Holder): HolderState => {
  if (holder.place !== here.place) return "unknown"
  if (!isRunning(holder.pid)) return "gone"
  const status = statusOf(holder.pid)
  if (status === null || holder.started === null) return "unknown"
  if (status.started !== holder.started || "ZX".includes(status.state)) return "gone"
  return "Tt".includes(status.state) ? "stopped" : "runs"
}

const placeOf = (): string => {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`
  } catch {
    // Not Linux.
    return hostname()
  }
}

/** Fields 3 and 22 of proc(5)'s `stat`; field 2 is a name in brackets that may hold any character. */
const statusOf = (pid: number): { readonly state: string; readonly started: string } | null => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1")
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return { state: fields[0]!, started: fields[19]! }
  } catch {
    return null
  }
}
