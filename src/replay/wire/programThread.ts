/**
 * Runs one polling program, unchanged, in a thread whose clock is the replay's. Its HTTP is real; `Date` and the timers
 * that the program sets are virtual. HTTP stacks keep real timers: their time-outs are about sockets, which are real.
 */
import { subscribe } from "node:diagnostics_channel"
import type { ClientRequest } from "node:http"
import { parentPort, workerData } from "node:worker_threads"
import FakeTimers from "@sinonjs/fake-timers"
import type { FromProgram, ProgramData, ToProgram } from "./Program.js"

const data = workerData as ProgramData
const shared = new Float64Array(data.clock)
const counts = new Int32Array(data.counts)
const port = parentPort!

const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval }
const { recorder } = await import(data.register)

const clock = FakeTimers.install({
  now: shared[0]!,
  toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"]
})

let activity = 0
let ticking = false
/** Brings the program's clock up to the replay's; timers due by then fire. */
const follow = (): void => {
  activity += 1
  if (ticking) return
  ticking = true
  clock.tick(Math.max(0, shared[0]! - clock.now))
  ticking = false
}

// undici sets its socket timers through the global functions; everything else that calls them is the program.
const fromHttpStack = (): boolean =>
  /node:internal\/deps\/undici|[\\/]node_modules[\\/]undici[\\/]/.test(new Error().stack ?? "")
for (const name of ["setTimeout", "setInterval"] as const) {
  const virtual = globalThis[name]
  globalThis[name] = ((...values: Parameters<typeof setTimeout>) => {
    if (fromHttpStack()) return real[name](...values)
    acts()
    return virtual(...values)
  }) as never
}
for (const name of ["clearTimeout", "clearInterval"] as const) {
  const virtual = globalThis[name]
  globalThis[name] = ((timer: NodeJS.Timeout) => {
    if (timer instanceof RealTimer) real[name](timer)
    else virtual(timer)
  }) as never
}
const probe = real.setTimeout(() => undefined, 0)
const RealTimer = probe.constructor as new () => object
real.clearTimeout(probe)

const nextDue = (): number | null => {
  const timers = (clock as unknown as { timers?: Map<number, { callAt: number }> }).timers
  let due: number | null = null
  for (const timer of timers?.values() ?? []) if (due === null || timer.callAt < due) due = timer.callAt
  return due
}

/** The program runs: until then the clock stands, however long its modules take to load. */
let running = false
let reporting = false
/** The last advance that was followed. */
let order = 0
const report = () =>
  port.postMessage({ nextDue: nextDue(), started: counts[0]!, finished: counts[1]!, order } satisfies FromProgram)

const awaitsAnswer = (): boolean => counts[0] !== counts[1]
/** Turns of the event loop without news after which a program that awaits an answer is taken to do nothing else. */
const quietTurns = 60
/**
 * A file that is read, a module that is loaded so, a name that is looked up: turns say nothing of how long they take.
 */
const worksElsewhere = (): boolean =>
  process.getActiveResourcesInfo().some((name) => /^(?:FSReq|CloseReq|GetAddrInfoReq|GetNameInfoReq)/.test(name))

/**
 * Reports the next due time of a program that awaits an answer, after quiet turns: its sockets keep the event loop
 * alive. A program that awaits none reports when its loop is empty (`beforeExit`): turns do not measure another
 * thread's work.
 */
const reportWhenIdle = async (): Promise<void> => {
  if (reporting || !running || !awaitsAnswer()) return
  reporting = true
  for (let turn = 0, seen = activity; turn < quietTurns && awaitsAnswer(); turn++) {
    await new Promise<void>((next) => real.setImmediate(next))
    if (activity !== seen || (turn === quietTurns - 1 && worksElsewhere())) {
      seen = activity
      turn = -1
    }
  }
  reporting = false
  if (awaitsAnswer()) report()
}
/** The program does something: its next due time is reported anew. */
const acts = (): void => {
  activity += 1
  running = true
  port.unref()
  void reportWhenIdle()
}
// Virtual timers and resting connections do not keep the loop alive: without them the program would have ended here.
process.on("beforeExit", () => {
  if (running) report()
  port.ref()
})

const mine = (message: unknown): boolean => {
  const { request } = message as { request?: { origin?: unknown } }
  return data.origins.includes(String(request?.origin))
}
const started = () => {
  counts[0]! += 1
  acts()
}
subscribe("undici:request:create", (message) => {
  if (mine(message)) started()
})
subscribe("undici:request:headers", (message) => {
  if (mine(message)) follow()
})
const ended = () => {
  follow()
  counts[1]! += 1
  acts()
}
const finished = (message: unknown) => {
  if (mine(message)) ended()
}
subscribe("undici:request:trailers", finished)
subscribe("undici:request:error", finished)

// The same for `node:http`, which axios and others use.
subscribe("http.client.request.start", (message) => {
  const { request } = message as { request: ClientRequest }
  if (!data.origins.includes(`${request.protocol}//${request.getHeader("host")}`)) return
  started()
  request.once("close", ended)
})
subscribe("http.client.response.finish", follow)

port.on("message", async (message: ToProgram) => {
  if ("advance" in message) {
    order = message.order
    follow()
    acts()
  } else if ("flush" in message) {
    await recorder.flush()
    port.postMessage({ flushed: true } satisfies FromProgram)
  } else {
    await recorder.close()
    port.postMessage({ closed: true } satisfies FromProgram)
  }
})

// A program that awaits its first round at the top level is running before it is loaded.
void import(data.program).then(acts, (error: unknown) =>
  port.postMessage({ failed: String(error) } satisfies FromProgram)
)
port.unref()
