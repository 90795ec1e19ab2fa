/** Runs a program with capture switched on. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { Clock, Effect, Option } from "effect"
import {
  isConfined,
  isRecordedHost,
  type RecordedProgram,
  readCaptureSettings,
  readWays,
  recordProgram
} from "../../../capture/index.js"
import { defaultConfigFile } from "../../../config/index.js"
import { loadConfig } from "../../../config/service.js"
import { openDatabase } from "../../../store/index.js"
import { Store, type StoreUnavailable } from "../../../store/service.js"
import { isPassing, UsageError } from "../../Failure.js"
import { storeUnavailable } from "../../OpenDatabase.js"
import { note } from "../../Output.js"
import { programArguments } from "../../ProgramArguments.js"
import { type StartCommand, startCommandOf } from "../../StartCommand.js"
import type { RecordOptions } from "./RecordCommand.js"
import { recordedNotes } from "./RecordedNotes.js"
import { startProblem } from "./startableProgram.js"

export const runRecord = (options: RecordOptions) =>
  Effect.gen(function* () {
    const config = Option.getOrUndefined(options.config)
    const settings = yield* loadConfig(config)
    const { args, command } = yield* programOf(settings.capture.start)
    const problem = startProblem(command, process.env["PATH"])
    if (problem !== null) return yield* cannotStart(command, problem)
    const through = yield* throughOf(options)
    const db = resolve(options.db)
    yield* readyDatabase(db)
    const configFile = config ?? (existsSync(defaultConfigFile) ? defaultConfigFile : undefined)
    // The recorded program answers signals: this process never ends before it.
    yield* Effect.uninterruptible(
      runToEnd({
        command,
        args,
        db,
        config: configFile === undefined ? null : resolve(configFile),
        integration: Option.getOrNull(options.integration),
        keepBodies: options.keepBodies || settings.capture.keepBodies === true,
        ...(through === null ? {} : { through })
      })
    )
  })

/** The program behind `--`, else the configuration's. */
const programOf = (configured: string | undefined): Effect.Effect<StartCommand, UsageError> => {
  const [command, ...args] = programArguments
  if (command !== undefined) return Effect.succeed({ command, args })
  if (configured === undefined)
    return new UsageError({
      message: "record runs the program that stands after --: hookshift record --integration crm-sync -- node app.js"
    })
  const start = startCommandOf(configured)
  return typeof start === "string" ? new UsageError({ message: `capture.start: ${start}` }) : Effect.succeed(start)
}

/** The mirrors that the program's calls go to, each with its host; `null` without any. */
const throughOf = ({ config, through }: RecordOptions): Effect.Effect<string | null, UsageError> =>
  Effect.suspend(() => {
    const text = through.length > 0 ? through.join(",") : (process.env["HOOKSHIFT_THROUGH"] ?? "")
    if (text.trim() === "") return Effect.succeed(null)
    const settings = readCaptureSettings({
      ...process.env,
      ...(Option.isNone(config) ? {} : { HOOKSHIFT_CONFIG: config.value })
    })
    const name = through.length > 0 ? "--through" : "HOOKSHIFT_THROUGH"
    const ways = readWays(text, settings.hosts)
    if (typeof ways === "string") return new UsageError({ message: `${name}: ${ways}` })
    const unknown = ways.hosts.find((host) => !isRecordedHost(host, settings))
    return unknown === undefined
      ? Effect.succeed(String(ways))
      : new UsageError({
          message: `${name}: calls to ${unknown} are not recorded, so those that go straight there would not be counted: add it to capture.hosts`
        })
  })

const cannotStart = (command: string, code: string): UsageError =>
  new UsageError({ message: `${command} could not be started (${code}): check the name and its permissions` })

const runToEnd = (program: RecordedProgram) =>
  Effect.gen(function* () {
    const confined = isConfined(program)
    if (confined)
      yield* note(
        "hookshift: Node's permission model keeps the recorder out: the program runs unrecorded; hookshift proxy records it, or --import hookshift/register with the permissions that docs/recorder.md names"
      )
    const startedAt = yield* Clock.currentTimeMillis
    const end = yield* Effect.promise(() => recordProgram(program))
    if ("failed" in end) return yield* cannotStart(program.command, end.failed)
    if (!confined) yield* tellWhatWasRecorded(program, startedAt)
    yield* endAs(end)
  })

/**
 * A fault that the user must mend ends the command before the program starts; a passing one (lock, full disk) does not.
 */
const readyDatabase = (db: string): Effect.Effect<void, StoreUnavailable> =>
  Effect.suspend(() => {
    try {
      openDatabase(db, { busyTimeoutMs: 2_000 }).close()
      return Effect.void
    } catch (error) {
      const failure = storeUnavailable(error, db)
      return isPassing(failure)
        ? note(`hookshift: ${failure.message}; until then records are lost`)
        : Effect.fail(failure)
    }
  })

const tellWhatWasRecorded = ({ command, db, through }: RecordedProgram, startedAt: number) =>
  Effect.gen(function* () {
    const status = yield* (yield* Store).recordingStatus
    const program = { command, db, mirrored: through !== undefined, startedAt }
    const notes = recordedNotes(program, status, process.stderr.isTTY === true)
    yield* Effect.forEach(notes, (one) => note(`hookshift: ${one}`), { discard: true })
  }).pipe(
    Effect.provide(Store.layer(db)),
    // The program's exit code matters more than these notes.
    Effect.catchAll(() => Effect.void)
  )

/** Ends as the program did, so that a shell or a service manager sees no difference. */
const endAs = (end: { readonly code: number } | { readonly signal: NodeJS.Signals }): Effect.Effect<never> =>
  Effect.sync(() => {
    if ("code" in end) process.exit(end.code)
    process.removeAllListeners(end.signal)
    process.kill(process.pid, end.signal)
  }).pipe(Effect.zipRight(Effect.never))
