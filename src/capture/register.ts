/**
 * `node --import hookshift/register app.js`: records built-in `fetch` and undici with no code change. Settings come
 * from `HOOKSHIFT_DB`, `HOOKSHIFT_INTEGRATION` and `HOOKSHIFT_HOSTS`.
 */
import { instrumentGlobalDispatcher } from "./instrumentDispatcher.js"
import { openRecorder, type Recorder } from "./Recorder.js"

/** This thread's recorder, for programs that want to flush it themselves. */
export const recorder: Recorder = openRecorder()

instrumentGlobalDispatcher(recorder)

// A signal's default action ends the process without an `exit` event. Where the program has no handler of its own,
// write first, then let the signal do what it would have done.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  const onSignal = () => {
    process.removeListener(signal, onSignal)
    if (process.listenerCount(signal) > 0) return
    recorder.closeNow()
    process.kill(process.pid, signal)
  }
  process.on(signal, onSignal)
}
