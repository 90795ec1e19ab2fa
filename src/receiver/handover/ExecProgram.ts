/** Hands each event to a program of its own on standard input. Exit code 0 means that it is taken. */
import { spawn } from "node:child_process"
import { type Target, TargetFailure } from "./Target.js"

export interface ExecOptions {
  /** As a shell reads it. */
  readonly command: string
  /** Default 60 s; then the program is killed. */
  readonly timeoutMs?: number
  /** Variables that the program does not get: the receiver's secrets. */
  readonly withhold?: ReadonlyArray<string>
}

export const execProgram = ({ command, timeoutMs = 60_000, withhold = [] }: ExecOptions): Target => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !withhold.includes(name)))
  return {
    timeoutMs,
    deliver: ({ body, eventId }) =>
      new Promise((resolve, reject) => {
        const child = spawn(command, {
          shell: true,
          // A group of its own, so that the shell's children end with it.
          detached: process.platform !== "win32",
          stdio: ["pipe", "ignore", "inherit"],
          env: { ...env, HOOKSHIFT_EVENT_ID: eventId }
        })
        const timer = setTimeout(() => {
          reject(new TargetFailure("Timeout", false))
          try {
            if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL")
            else child.kill("SIGKILL")
          } catch {
            // It has ended in the meantime.
          }
        }, timeoutMs)
        child.on("error", (error: NodeJS.ErrnoException) => {
          clearTimeout(timer)
          reject(new TargetFailure(error.code ?? "Error", true))
        })
        child.on("close", (code, signal) => {
          clearTimeout(timer)
          if (code === 0) resolve()
          else reject(new TargetFailure(code === null ? `Signal${signal}` : `ExitCode${code}`, false))
        })
        // A program need not read its input.
        child.stdin.on("error", () => undefined)
        // The event alone, byte for byte as `--forward` posts it: a program that writes lines adds its own newline.
        child.stdin.end(body)
      })
  }
}
