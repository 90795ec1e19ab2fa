/** The rows of several streams in one order of time. Pure. */
import type { StreamRecording } from "../../domain/Recording.js"

/** All rows of several streams, oldest first; calls of the same moment by their id. */
export const inTimeOrder = function* (
  streams: ReadonlyArray<StreamRecording>
): Generator<{ readonly index: number; readonly row: number }> {
  if (streams.length === 1) {
    for (let row = 0; row < streams[0]!.calls.length; row++) yield { index: 0, row }
    return
  }
  const next = streams.map(() => 0)
  for (;;) {
    let index = -1
    for (let n = 0; n < streams.length; n++) {
      const { calls } = streams[n]!
      if (next[n]! >= calls.length) continue
      if (index < 0) index = n
      else {
        const best = streams[index]!.calls
        const [a, b] = [calls.startedAt[next[n]!]!, best.startedAt[next[index]!]!]
        if (a < b || (a === b && calls.id[next[n]!]! < best.id[next[index]!]!)) index = n
      }
    }
    if (index < 0) return
    yield { index, row: next[index]! }
    next[index]! += 1
  }
}
