/** Streams of recorded calls, as detection reads them. */
import type { Call } from "../../../src/domain/Call.js"
import type { StreamRecording } from "../../../src/domain/Recording.js"
import { makeRecording, start } from "../../support/recording.js"

/** A call at so many seconds; other fields as a successful call without a page number has them. */
export type CallAt = { readonly at: number } & Partial<Omit<Call, "id" | "stream" | "startedAt">>

/** The recording of one stream; calls in any order. */
export const streamOf = (calls: ReadonlyArray<CallAt>, template = "/api/v2/tickets"): StreamRecording =>
  streamsOf({ [template]: calls })[0]!

/** One program's streams by path template, in the order given. */
export const streamsOf = (
  byTemplate: Readonly<Record<string, ReadonlyArray<CallAt>>>
): ReadonlyArray<StreamRecording> => {
  const recording = makeRecording()
  const templates = Object.keys(byTemplate)
  const ids = templates.map((template) => recording.stream({ template }))
  const all = templates.flatMap((template, n) => byTemplate[template]!.map((call) => ({ call, stream: ids[n]! })))
  all.sort((a, b) => a.call.at - b.call.at)
  for (const { call, stream } of all) {
    const { at, ...fields } = call
    recording.call(stream, at, fields)
  }
  const { streams } = recording.done()
  return ids.map((id) => streams.find(({ stream }) => stream.id === id)!)
}

/** Seconds since the start of the recordings. */
export const secondsOf = (moment: number): number => (moment - start) / 1_000
