/**
 * `node --import hookshift/register app.js`: records `fetch`, undici, `node:http` and what is built on them, with no code
 * change, in all threads of the process. Settings come from `HOOKSHIFT_DB`, `HOOKSHIFT_INTEGRATION`, `HOOKSHIFT_HOSTS`,
 * `HOOKSHIFT_KEEP_BODIES` and the configuration file.
 */
import { subscribe } from "node:diagnostics_channel"
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads"
import { instrumentNodeHttp } from "./hooks/nodeHttp.js"
import { beforeSignals } from "./hooks/signals.js"
import { instrumentUndici } from "./hooks/undiciRequests.js"
import { joinRecorder, openSharedRecorder, type Recorder, type SharedRecorder } from "./Recorder.js"

const environmentKey = "hookshift.recorder"
/** A signal's handlers do not wait longer for the disk than this. */
const signalWaitMs = 1_000

const openForProcess = (): Recorder => {
  const { recorder, shared, thread } = openSharedRecorder({})
  if (isMainThread) {
    setEnvironmentData(environmentKey, shared as never)
    // A thread's calls must outlive the thread, so the recorder's belongs to this one, and runs before they are made.
    subscribe("worker_threads", thread.start)
    beforeSignals(() => thread.flushNow(signalWaitMs))
  }
  return recorder
}

const inherited = isMainThread ? undefined : (getEnvironmentData(environmentKey) as unknown as SharedRecorder | undefined)

/** This thread's recorder, for programs that want to flush it themselves. */
export const recorder: Recorder = inherited === undefined ? openForProcess() : joinRecorder(inherited)

instrumentUndici(recorder)
instrumentNodeHttp(recorder)
