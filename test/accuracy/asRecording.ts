/** Labelled traffic as the analysis reads it. */
import type { Recording } from "../../src/domain/Recording.js"
import { buildRecording } from "../../src/domain/RecordingBuilder.js"
import type { Traffic } from "./traffic.js"

export const asRecording = ({ calls, streams, versions }: Traffic): Recording => {
  const builder = buildRecording(streams)
  const order = [...calls].sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)
  const places = new Map(order.map(({ id }, place) => [id, place + 1]))
  for (const call of order) builder.call({ ...call, id: places.get(call.id)! })
  for (const version of [...versions].sort((a, b) => places.get(a.call)! - places.get(b.call)!))
    builder.version({ ...version, call: places.get(version.call)! })
  return builder.done({ recordsLost: 0, leftOut: [], recordersCutOff: 0, bodiesKept: false })
}
