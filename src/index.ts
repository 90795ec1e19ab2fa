/** `hookshift`: the instrumented client, in plain TypeScript. */
export {
  type CallObserver,
  type CallStart,
  instrumentFetch,
  openRecorder,
  type Recorder,
  type RecorderOptions,
  type RecorderStats
} from "./capture/index.js"
