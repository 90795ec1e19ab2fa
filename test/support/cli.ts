/** Runs the built command line as a user does: a real process. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { root } from "./files.js"

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const cliFile = join(root, "dist/cli.js")

/** The output of a process so far; it grows. */
export const saidBy = ({ stderr, stdout }: ChildProcessWithoutNullStreams): { stdout: string; stderr: string } => {
  const said = { stdout: "", stderr: "" }
  stdout.on("data", (chunk) => {
    said.stdout += chunk
  })
  stderr.on("data", (chunk) => {
    said.stderr += chunk
  })
  return said
}

export const runCli = (
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {}
): Promise<Ran> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [cliFile, ...args], {
      cwd: options.cwd ?? root,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...options.env }
    })
    const said = saidBy(child)
    child.on("close", (code) => resolve({ code, ...said }))
  })

/** Starts a command that goes on, and resolves with the JSON that it prints once it is ready. */
export const startCli = async (
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly env?: Record<string, string> }
): Promise<{ readonly child: ChildProcess; readonly ready: { readonly url: string; readonly port: number } }> => {
  const child = spawn(process.execPath, [cliFile, ...args, "--json"], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...options.env }
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  const ready = await new Promise<{ url: string; port: number }>((resolve, reject) => {
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      try {
        resolve(JSON.parse(stdout))
      } catch {
        // not whole yet
      }
    })
    child.stderr.on("data", (chunk) => {
      stderr += chunk
    })
    child.on("close", (code) => reject(new Error(`ended with ${code} before it was ready: ${stderr}`)))
  })
  return { child, ready }
}

export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once("close", resolve))
    : Promise.resolve(child.exitCode)
