/** Runs programs with capture switched on, and tells what is being recorded. */
import { existsSync } from "node:fs"
import { basename, resolve } from "node:path"
import { Clock, Effect, Option } from "effect"
import { isConfined, type RecordedProgram, recordProgram } from "../../capture/index.js"
import { defaultConfigFile, loadConfig } from "../../config/index.js"
import { explain, openDatabase } from "../../store/index.js"
import { isRunning, type RecordingStatus, Store, StoreUnavailable } from "../../store/service.js"
import { UsageError } from "../Failure.js"
import { otherHostsNote } from "../OtherHostsNote.js"
import { columns, mebibytes, note, print, printJson } from "../Output.js"
import { programArguments } from "../ProgramArguments.js"

export interface RecordOptions {
  readonly db: string
  readonly config: Option.Option<string>
  readonly integration: Option.Option<string>
  readonly keepBodies: boolean
}

export const runRecord = (options: RecordOptions) =>
  Effect.gen(function* () {
    const [command, ...args] = programArguments
    if (command === undefined) {
      return yield* new UsageError({
        message: "record runs the program that stands after --: hookshift record --integration crm-sync -- node app.js"
      })
    }
    const config = Option.getOrUndefined(options.config)
    const settings = yield* loadConfig(config)
    const db = resolve(options.db)
    yield* readyDatabase(db)
    const configFile = config ?? (existsSync(defaultConfigFile) ? defaultConfigFile : undefined)
    // A signal to this process is the program's to answer: nothing here ends before it.
    yield* Effect.uninterruptible(
      runToEnd({
        command,
        args,
        db,
        config: configFile === undefined ? null : resolve(configFile),
        integration: Option.getOrNull(options.integration),
        keepBodies: options.keepBodies || settings.capture.keepBodies === true
      })
    )
  })

const runToEnd = (program: RecordedProgram) =>
  Effect.gen(function* () {
    const confined = isConfined(program)
    if (confined)
      yield* note(
        "hookshift: Node's permission model keeps the recorder out: the program runs unrecorded; hookshift proxy records it, or --import hookshift/register with the permissions that docs/recorder.md names"
      )
    const startedAt = yield* Clock.currentTimeMillis
    const end = yield* Effect.promise(() => recordProgram(program))
    if ("failed" in end) {
      return yield* new UsageError({
        message: `${program.command} could not be started (${end.failed}): check the name and its permissions`
      })
    }
    if (!confined) yield* tellWhatWasRecorded(program, startedAt, process.stderr.isTTY === true)
    yield* endAs(end)
  })

/** What a user can mend is said before the program starts; what may pass does not keep it from running. */
const readyDatabase = (db: string): Effect.Effect<void, StoreUnavailable> =>
  Effect.suspend(() => {
    try {
      openDatabase(db, { busyTimeoutMs: 2_000 }).close()
      return Effect.void
    } catch (error) {
      const { message, reason } = explain(error, db)
      return reason === "locked" || reason === "full"
        ? note(`hookshift: ${message}; until then records are lost`)
        : Effect.fail(new StoreUnavailable({ reason, message }))
    }
  })

/** Programs that the preload cannot see into. */
const otherLanguage = /^(?:python|ruby|php|java|go|dotnet|perl|curl|wget|deno|bun)[\d.]*(?:\.exe)?$/i

/** The last line is for a person; without one, a recording that is empty for a reason that is known still says so. */
const tellWhatWasRecorded = ({ command, db }: RecordedProgram, startedAt: number, toPerson: boolean) =>
  Effect.gen(function* () {
    const store = yield* Store
    const { calls, lost, otherHosts, recorders } = yield* store.recordingStatus
    if (toPerson) yield* note(`hookshift: ${db} holds ${calls} calls, ${lost} lost; hookshift record status tells more`)
    const others = otherHostsNote(otherHosts)
    if (others !== null && (toPerson || calls === 0)) yield* note(`hookshift: ${others}`)
    const seen = recorders.some((recorder) => recorder.startedAt >= startedAt)
    if (!seen && (toPerson || otherLanguage.test(basename(command))))
      yield* note(
        `hookshift: no Node program below ${command} made a call: programs in other languages are recorded by hookshift proxy --upstream URL`
      )
  }).pipe(
    Effect.provide(Store.layer(db)),
    // The program's own end matters more than this line.
    Effect.catchAll(() => Effect.void)
  )

/** Ends as the program did, so that a shell or a service manager sees no difference. */
const endAs = (end: { readonly code: number } | { readonly signal: NodeJS.Signals }): Effect.Effect<never> =>
  Effect.sync(() => {
    if ("code" in end) process.exit(end.code)
    process.removeAllListeners(end.signal)
    process.kill(process.pid, end.signal)
  }).pipe(Effect.zipRight(Effect.never))

export const runStatus = (options: { readonly db: string; readonly json: boolean }) =>
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
        cutOff: processes.filter(({ state }) => state === "cut off").length,
        itemVersions: status.itemVersions,
        bodiesKept: status.bodiesKept,
        from: iso(status.from),
        to: iso(status.to),
        otherHosts: status.otherHosts,
        databaseBytes: status.databaseBytes,
        recordedSeconds: Math.round(recordedSeconds),
        projectedBytesPerDay: bytesPerDay,
        processes: processes.map(({ ended: _, lastSeenAt, startedAt, ...rest }) => ({
          ...rest,
          startedAt: iso(startedAt),
          lastSeenAt: iso(lastSeenAt)
        })),
        hosts: status.hosts
      })
    }
    const others = otherHostsNote(status.otherHosts)
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
            iso(one.lastSeenAt)!.slice(0, 19).replace("T", " "),
            String(one.calls),
            String(one.lost)
          ]),
          new Set([4, 6, 7])
        ),
        "",
        `hosts: ${status.hosts.map(({ account, calls }) => `${account} (${calls} calls)`).join(", ") || "none yet"}`,
        ...(others === null ? [] : [`not recorded: ${others}`]),
        `${status.calls} calls, ${status.itemVersions} item versions, ${status.lost} calls lost${status.bodiesKept ? "; bodies are kept, redacted" : ""}`,
        `database: ${mebibytes(status.databaseBytes)}, ${
          bytesPerDay === null
            ? `too little time recorded for a projection (${Math.round(recordedSeconds)} s of ${shortestProjection} s)`
            : `about ${mebibytes(bytesPerDay)} a day at this rate`
        }`
      ].join("\n")
    )
  }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))

/** Less recorded time than this says nothing about a day. */
const shortestProjection = 60

/** For how long at least one process recorded: the union of their times. */
const coveredSeconds = ({ recorders }: RecordingStatus): number => {
  let covered = 0
  let until = 0
  for (const { lastSeenAt, startedAt } of [...recorders].sort((a, b) => a.startedAt - b.startedAt)) {
    covered += Math.max(0, lastSeenAt - Math.max(startedAt, until))
    until = Math.max(until, lastSeenAt)
  }
  return covered / 1000
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
