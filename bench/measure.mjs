// Shared by the parts of the bench: processes side by side, medians of the pairs' ratios, a line for each goal.
import { execFile, spawn } from "node:child_process"
import { promisify } from "node:util"

export const pairs = Number(process.env.BENCH_PAIRS ?? 7)
export const file = (name) => new URL(name, import.meta.url).pathname
export const run = promisify(execFile)

/** Starts a server of bench/servers.mjs in a process of its own. */
export const start = (which, work, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file("servers.mjs"), which, work, ...(options.args ?? [])], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...options.env }
    })
    child.once("exit", (code) => reject(new Error(`${which} ended with ${code}`)))
    child.stdout.once("data", (chunk) =>
      resolve({ port: String(chunk).trim(), pid: child.pid, stop: () => child.kill("SIGTERM") })
    )
  })

export const json = async (script, args, options = {}) =>
  JSON.parse((await run(process.execPath, [...(options.node ?? []), file(script), ...args], options)).stdout)

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
export const range = (values) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`
export const say = (text) => console.log(text)

/** Prints a line: the measure, its value, the goal, and whether it is met. */
export const line = (name, value, goal, met) =>
  say(`${name.padEnd(66)} ${value.padEnd(34)} goal ${goal} ${met ? "met" : "MISSED"}`)
export const atMost = (name, values, goal, unit = "") =>
  line(name, `${median(values).toFixed(2)}${unit} (${range(values)})`, `<= ${goal}${unit}`, median(values) <= goal)
export const atLeast = (name, values, goal, unit = "") =>
  line(name, `${median(values).toFixed(2)}${unit} (${range(values)})`, `>= ${goal}${unit}`, median(values) >= goal)
