/**
 * Waits for the end of the parent process. npx starts a shell that starts this process; a killed npx leaves the shell
 * behind, so on Linux the shell's own parent is watched too.
 */
import { readFileSync } from "node:fs"
import { Effect, Schedule } from "effect"

const lookEvery = "500 millis"

/** A process's parent, by Linux's /proc; `null` where there is none. */
const parentOf = (pid: number): number | null => {
  try {
    // The name in brackets may hold anything; the parent stands two fields behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
    return Number(fields[1])
  } catch {
    return null // no such process, or no /proc
  }
}

/** Succeeds once the parent, or the parent of npx's shell, has ended. */
export const parentGone: Effect.Effect<void> = Effect.suspend(() => {
  const parent = process.ppid
  const throughNpm = process.env["npm_command"] !== undefined
  const grandparent = throughNpm ? parentOf(parent) : null
  const gone = Effect.sync(() => process.ppid !== parent || (grandparent !== null && parentOf(parent) !== grandparent))
  return Effect.asVoid(Effect.repeat(gone, { until: (yes) => yes, schedule: Schedule.spaced(lookEvery) }))
})
