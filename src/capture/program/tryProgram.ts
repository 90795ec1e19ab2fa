/**
 * Runs a program for a limited time with capture switched on, and ends it with all that it has started. Its output is
 * kept in memory only, so that a failing program's last words can be shown.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { redactText } from "../redaction/Text.js"
import { type ProgramEnd, type RecordedProgram, recordingEnvironment } from "./recordProgram.js"

export interface ProgramTrial {
  /** `null` where the program was still running when its time was up. */
  readonly end: ProgramEnd | null
  /** The line of its output that says most about an early end, redacted; `null` where it wrote nothing. */
  readonly lastWords: string | null
}

/** Characters of output that are kept: the last lines, with the frames of a stack below an error. */
const keptOutput = 16_384
const longestLine = 200
/** How long a program may take to end after SIGTERM; then it is killed. */
const endsWithinMs = 5_000
const lookEveryMs = 50

/** The trial ends early when the signal is aborted, after the program has ended. */
export const tryProgram = async (
  program: RecordedProgram,
  { forMs, signal }: { readonly forMs: number; readonly signal: AbortSignal }
): Promise<ProgramTrial> => {
  const windows = process.platform === "win32"
  // A process group of its own: whatever it starts ends with it.
  const child = spawn(program.command, program.args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: recordingEnvironment(program),
    shell: windows,
    detached: !windows
  })
  let output = ""
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-keptOutput)
  }
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? "unknown error" }))
    child.once("exit", (code, by) => resolve(by === null ? { code: code ?? 0 } : { signal: by }))
  })
  const end = await Promise.race([ended, timeOrAbort(forMs, signal)])
  await endGroup(child, ended)
  return { end, lastWords: lastWordsOf(output) }
}

/** The last error that is named, else the last line. */
const lastWordsOf = (output: string): string | null => {
  const lines = output.split(/\r?\n/).map((line) => line.trim())
  const named = /^\[?(?:\w*(?:Error|Exception)(?: \[\w+\])?|error):/i
  const line = lines.findLast((one) => named.test(one)) ?? lines.findLast(Boolean)
  return line === undefined ? null : redactText(line).slice(0, longestLine)
}

const timeOrAbort = (ms: number, signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve(null)
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener("abort", done)
    if (signal.aborted) done()
  })

/** Resolves when no process of the group is left: a recorder writes its last records while its process ends. */
const endGroup = async (child: ChildProcess, ended: Promise<unknown>): Promise<void> => {
  if (child.pid === undefined) return
  const group = process.platform === "win32" ? child.pid : -child.pid
  if (!send(group, "SIGTERM")) return
  const killAt = performance.now() + endsWithinMs
  while (send(group, 0)) {
    if (performance.now() >= killAt) {
      send(group, "SIGKILL")
      break
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  await ended
}

/** Whether any process was there to take the signal. */
const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false // ESRCH: all have ended
  }
}
