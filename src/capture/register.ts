/**
 * `node --import hookshift/register app.js`: records `fetch`, undici, `node:http` and what is built on them, with no code
 * change, in all threads of the process. Settings come from `HOOKSHIFT_DB`, `HOOKSHIFT_INTEGRATION`, `HOOKSHIFT_HOSTS`,
 * `HOOKSHIFT_KEEP_BODIES` and the configuration file.
 */
import { subscribe } from "node:diagnostics_channel"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads"
import { builtEntry } from "../domain/BuiltEntry.js"
import { instrumentNodeHttp } from "./hooks/nodeHttp.js"
import { instrumentUndici } from "./hooks/undiciRequests.js"
import { missingPermissions, unrecordedNote } from "./program/Permissions.js"
import { withPreload } from "./program/recordProgram.js"
import { beforeSignals } from "./program/signals.js"
import { joinRecorder, openSharedRecorder, type Recorder, type SharedRecorder } from "./recorder/Recorder.js"

const environmentKey = "hookshift.recorder"
const registered = Symbol.for("hookshift.registered")
const openForProcess = (): Recorder => {
  const missing = missingPermissions(fileURLToPath(builtEntry("register.js")))
  if (missing.length > 0) process.stderr.write(unrecordedNote(missing))
  const { recorder, shared, thread } = openSharedRecorder({})
  if (isMainThread) {
    setEnvironmentData(environmentKey, shared as never)
    // Node processes that this one starts record too, into the same file, wherever they run.
    process.env["NODE_OPTIONS"] = withPreload(process.env["NODE_OPTIONS"])
    process.env["HOOKSHIFT_DB"] = resolve(process.env["HOOKSHIFT_DB"] ?? "hookshift.db")
    // A thread's calls must outlive the thread, so the recorder's belongs to this one, and runs before they are made.
    subscribe("worker_threads", thread.start)
    beforeSignals(thread.flushNow)
  }
  return recorder
}

const inherited = isMainThread
  ? undefined
  : (getEnvironmentData(environmentKey) as unknown as SharedRecorder | undefined)

const hook = (): Recorder => {
  const opened = inherited === undefined ? openForProcess() : joinRecorder(inherited)
  instrumentUndici(opened)
  instrumentNodeHttp(opened)
  // Two copies of this package in one process are not to record everything twice.
  Object.defineProperty(globalThis, registered, { value: opened })
  return opened
}

/** This thread's recorder, for programs that want to flush it themselves. */
export const recorder: Recorder = (globalThis as { [registered]?: Recorder })[registered] ?? hook()
