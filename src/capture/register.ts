/**
 * `node --import hookshift/register app.js`: records `fetch`, undici, `node:http` and the clients built on them, in
 * all threads of the process, with no code change. Settings come from `HOOKSHIFT_DB`, `HOOKSHIFT_INTEGRATION`,
 * `HOOKSHIFT_HOSTS`, `HOOKSHIFT_KEEP_BODIES`, `HOOKSHIFT_THROUGH` and the configuration file.
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
import { readCaptureSettings } from "./settings/CaptureSettings.js"
import { goThrough, waysOf, withoutMirrors } from "./through/goThrough.js"
import type { Ways } from "./through/Ways.js"

const environmentKey = "hookshift.recorder"
const registered = Symbol.for("hookshift.registered")
const openForProcess = (ways: Ways | null): Recorder => {
  const missing = missingPermissions(fileURLToPath(builtEntry("register.js")))
  if (missing.length > 0) process.stderr.write(unrecordedNote(missing))
  const { recorder, shared, thread } = openSharedRecorder({}, ways === null ? "client" : "through")
  if (isMainThread) {
    setEnvironmentData(environmentKey, shared as never)
    // Node processes that this one starts record into the same file, in whichever folder they run.
    process.env["NODE_OPTIONS"] = withPreload(process.env["NODE_OPTIONS"])
    process.env["HOOKSHIFT_DB"] = resolve(process.env["HOOKSHIFT_DB"] ?? "hookshift.db")
    if (ways !== null) process.env["HOOKSHIFT_THROUGH"] = String(ways)
    // Calls must outlive the thread that made them: the main thread owns the recorder's, and starts it before any
    // other.
    subscribe("worker_threads", thread.start)
    beforeSignals({ write: thread.flushNow, end: thread.endNow })
  }
  return recorder
}

const inherited = isMainThread
  ? undefined
  : (getEnvironmentData(environmentKey) as unknown as SharedRecorder | undefined)

const hook = (): Recorder => {
  const ways = waysOf(process.env, readCaptureSettings(process.env))
  const opened = inherited === undefined ? openForProcess(ways) : joinRecorder(inherited)
  instrumentUndici(ways === null ? opened : withoutMirrors(opened, ways))
  instrumentNodeHttp(opened, ways === null ? null : goThrough(ways))
  // Of two copies of this package in one process, only the first records.
  Object.defineProperty(globalThis, registered, { value: opened })
  return opened
}

/** This thread's recorder, for programs that want to flush it themselves. */
export const recorder: Recorder = (globalThis as { [registered]?: Recorder })[registered] ?? hook()
