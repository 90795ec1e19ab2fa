/** The recording processes, their calls, and the growth of the database. */
import { Effect } from "effect"
import { counted, isoOrNull, mebibytes } from "../../../domain/Figures.js"
import { isRunning, type RecordingStatus, Store } from "../../../store/service.js"
import { otherHostsNote } from "../../OtherHostsNote.js"
import { columns, print, printJson } from "../../Output.js"
import { readStore } from "../../ReadStore.js"
import { callsPastMirror, pastMirrorNote } from "./pastMirror.js"
import type { RecordStatusOptions } from "./RecordCommand.js"

export const runRecordStatus = (options: RecordStatusOptions) =>
  Effect.gen(function* () {
    const store = yield* Store
    const status = yield* store.recordingStatus
    const processes = status.recorders.map((recorder) => ({
      ...recorder,
      state: recorder.ended ? "ended" : isRunning(recorder.pid) ? "recording" : "cut off"
    }))
    const recordedSeconds = coveredSeconds(status)
    const bytesPerDay =
      recordedSeconds < shortestProjection ? null : Math.round((status.databaseBytes / recordedSeconds) * 86_400)
    if (options.json) {
      return yield* printJson({
        calls: status.calls,
        lost: status.lost,
        pastMirror: callsPastMirror(status.recorders),
        cutOff: processes.filter(({ state }) => state === "cut off").length,
        itemVersions: status.itemVersions,
        bodiesKept: status.bodiesKept,
        from: isoOrNull(status.from),
        to: isoOrNull(status.to),
        otherHosts: status.otherHosts,
        databaseBytes: status.databaseBytes,
        recordedSeconds: Math.round(recordedSeconds),
        projectedBytesPerDay: bytesPerDay,
        processes: processes.map(({ ended: _, lastSeenAt, startedAt, ...rest }) => ({
          ...rest,
          startedAt: isoOrNull(startedAt),
          lastSeenAt: isoOrNull(lastSeenAt)
        })),
        hosts: status.hosts
      })
    }
    const others = otherHostsNote(status.otherHosts)
    const past = pastMirrorNote(status.recorders)
    if (processes.length === 0) {
      return yield* print("Nothing recorded yet: hookshift record -- node app.js, or see docs/recorder.md")
    }
    yield* print(
      [
        columns(
          ["state", "kind", "integration", "program", "pid", "last seen", "calls", "lost"],
          processes.map((one) => [
            one.state,
            one.kind,
            one.integration ?? "by User-Agent",
            one.program,
            String(one.pid),
            isoOrNull(one.lastSeenAt)!.slice(0, 19).replace("T", " "),
            String(one.calls),
            String(one.lost)
          ]),
          new Set([4, 6, 7])
        ),
        "",
        `hosts: ${status.hosts.map(({ account, calls }) => `${account} (${counted(calls, "call")})`).join(", ") || "none yet"}`,
        ...(others === null ? [] : [`not recorded: ${others}`]),
        ...(past === null ? [] : [past]),
        `${counted(status.calls, "call")}, ${counted(status.itemVersions, "item version")}, ${counted(status.lost, "call")} lost${status.bodiesKept ? "; bodies are kept, redacted" : ""}`,
        `database: ${mebibytes(status.databaseBytes)}, ${
          bytesPerDay === null
            ? `too little time recorded for a projection (${Math.round(recordedSeconds)} s of ${shortestProjection} s)`
            : `about ${mebibytes(bytesPerDay)} a day at this rate`
        }`
      ].join("\n")
    )
  }).pipe(Effect.provide(readStore(options.db)))

/** Least recorded time for a projection to a day, in seconds. */
const shortestProjection = 60

/** Seconds during which at least one process recorded. */
const coveredSeconds = ({ recorders }: RecordingStatus): number => {
  let covered = 0
  let until = 0
  for (const { lastSeenAt, startedAt } of [...recorders].sort((a, b) => a.startedAt - b.startedAt)) {
    covered += Math.max(0, lastSeenAt - Math.max(startedAt, until))
    until = Math.max(until, lastSeenAt)
  }
  return covered / 1000
}
